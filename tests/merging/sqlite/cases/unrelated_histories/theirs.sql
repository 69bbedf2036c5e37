CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
CREATE TABLE facts (id INTEGER PRIMARY KEY, text TEXT, person INTEGER REFERENCES people (id));
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT);
INSERT INTO people VALUES (1, 'Bob', 'calm'), (2, 'Dee', 'new');
INSERT INTO facts VALUES (1, 'eats', 1), (2, 'swims', 2), (3, 'sings', 2);
INSERT INTO settings VALUES ('colour', 'blue'), ('size', 'small');
