CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
CREATE TABLE notes (id INTEGER PRIMARY KEY, person INTEGER REFERENCES people (id), text TEXT);
INSERT INTO people VALUES (1, 'Ann', NULL), (2, 'Bob', 'calm');
