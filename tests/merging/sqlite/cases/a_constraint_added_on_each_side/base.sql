CREATE TABLE codes (id INTEGER PRIMARY KEY, code TEXT, what TEXT);
INSERT INTO codes VALUES (1, 'a', 'apple');
