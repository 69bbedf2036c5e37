CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
INSERT INTO people VALUES (1, 'Ann', 'calm'), (2, 'Bob', 'calm');
CREATE VIEW calm AS SELECT name FROM people;
CREATE TRIGGER calm_insert INSTEAD OF INSERT ON calm BEGIN DELETE FROM people; END;
