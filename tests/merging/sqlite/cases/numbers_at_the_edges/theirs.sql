UPDATE facts SET value = -9223372036854775808 WHERE value = 'least';
INSERT INTO facts VALUES (1, 'theirs'), (2, 9e999);
