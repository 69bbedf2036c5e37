DROP VIEW calm;
CREATE VIEW calm AS SELECT name FROM people WHERE id = 1;
