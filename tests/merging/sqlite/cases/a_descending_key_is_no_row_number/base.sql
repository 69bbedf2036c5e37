CREATE TABLE slots (id INTEGER PRIMARY KEY DESC, what TEXT);
INSERT INTO slots VALUES (1, 'hat'), (NULL, 'none');
