CREATE TABLE hats (id INTEGER PRIMARY KEY, hat TEXT, colour TEXT);
INSERT INTO hats VALUES (1, 'cap', 'red');
