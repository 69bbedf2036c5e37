CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT UNIQUE, name TEXT);
CREATE TABLE letters (id INTEGER PRIMARY KEY, text TEXT, sender TEXT REFERENCES people (email));
INSERT INTO people VALUES (1, 'a@x', 'Ann');
