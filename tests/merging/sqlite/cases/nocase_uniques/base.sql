CREATE TABLE codes (id INTEGER PRIMARY KEY, code TEXT UNIQUE COLLATE NOCASE, what TEXT);
INSERT INTO codes VALUES (1, 'a', 'apple'), (2, 'b', 'bread');
