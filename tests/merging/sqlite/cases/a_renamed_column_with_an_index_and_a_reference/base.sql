CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE facts (id INTEGER PRIMARY KEY, text TEXT, person INTEGER REFERENCES people (id));
CREATE INDEX by_person ON facts (person);
INSERT INTO people VALUES (1, 'Ann');
INSERT INTO facts VALUES (1, 'sings', 1);
