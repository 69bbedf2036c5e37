CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
INSERT INTO people VALUES (1, 'Ann', 'calm'), (2, 'Bob', 'calm');
CREATE TABLE log (line TEXT);
CREATE TRIGGER added AFTER INSERT ON people BEGIN INSERT INTO log VALUES ('added ' || new.name); END;
CREATE TRIGGER gone AFTER DELETE ON people BEGIN DELETE FROM people WHERE name = 'Bob'; END;
CREATE TRIGGER edited BEFORE UPDATE ON people BEGIN SELECT raise(ABORT, 'never'); END;
