CREATE TABLE shoes (id INTEGER PRIMARY KEY, shoe TEXT, person INTEGER REFERENCES people (id));
INSERT INTO people VALUES (3, 'Dee', 'new');
INSERT INTO shoes VALUES (1, 'boot', 3);
