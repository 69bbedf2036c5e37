CREATE TABLE codes (id INTEGER PRIMARY KEY, code TEXT, what TEXT);
CREATE UNIQUE INDEX one_code ON codes (code) WHERE what IS NOT NULL;
INSERT INTO codes VALUES (1, 'a', 'apple');
