CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
INSERT INTO people VALUES (1, 'Ann', 'calm'), (2, 'Bob', 'calm');
CREATE TABLE facts (id INTEGER PRIMARY KEY, text TEXT, person INTEGER REFERENCES people (id));
INSERT INTO facts VALUES (1, 'Ann sings', 1);
