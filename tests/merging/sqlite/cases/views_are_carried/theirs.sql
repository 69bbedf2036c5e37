INSERT INTO people VALUES (3, 'Dee', 'new');
DROP VIEW calm;
CREATE VIEW calm AS SELECT upper(name) AS name FROM people WHERE mood = 'calm';
CREATE VIEW both_new AS SELECT * FROM calm;
