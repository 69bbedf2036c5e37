CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE notes (text TEXT PRIMARY KEY, person INTEGER);
INSERT INTO people VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO notes VALUES ('of Ann', 1);
