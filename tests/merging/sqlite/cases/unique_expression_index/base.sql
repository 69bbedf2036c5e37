CREATE TABLE codes (id INTEGER PRIMARY KEY, code TEXT, what TEXT);
INSERT INTO codes VALUES (1, 'a', 'apple'), (2, 'b', 'bread');
CREATE UNIQUE INDEX one_code ON codes (lower(code));
