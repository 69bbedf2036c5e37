CREATE TABLE hats (id INTEGER PRIMARY KEY, hat TEXT);
INSERT INTO hats VALUES (1, 'cap'), (2, 'crown');
