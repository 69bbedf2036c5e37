CREATE TABLE codes (name TEXT PRIMARY KEY, code TEXT UNIQUE);
INSERT INTO codes VALUES ('apple', 'a');
