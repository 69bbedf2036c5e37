CREATE TABLE codes (id INTEGER PRIMARY KEY, code TEXT, what TEXT, shelf TEXT);
CREATE UNIQUE INDEX one_code ON codes (lower(code));
INSERT INTO codes VALUES (1, 'a', 'apple', 'top');
