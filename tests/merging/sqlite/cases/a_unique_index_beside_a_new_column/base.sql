CREATE TABLE codes (code TEXT, what TEXT);
CREATE UNIQUE INDEX one_code ON codes (code);
INSERT INTO codes VALUES ('a', 'apple');
