CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
CREATE TABLE log (line TEXT);
CREATE VIEW shown AS SELECT name FROM people;
CREATE TRIGGER felt AFTER UPDATE OF mood ON people BEGIN INSERT INTO log VALUES (new.mood); END;
CREATE TRIGGER seen INSTEAD OF INSERT ON shown BEGIN INSERT INTO log VALUES (new.name); END;
INSERT INTO people VALUES (1, 'Ann', 'calm'), (2, 'Bob', 'calm');
