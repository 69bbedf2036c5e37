CREATE TABLE hats (id INTEGER PRIMARY KEY, hat TEXT, person INTEGER REFERENCES people (id));
INSERT INTO people VALUES (3, 'Cid', 'new');
INSERT INTO hats VALUES (1, 'cap', 3);
