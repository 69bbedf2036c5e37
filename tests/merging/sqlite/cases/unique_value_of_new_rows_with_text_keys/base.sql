CREATE TABLE accounts (uuid TEXT PRIMARY KEY, name TEXT UNIQUE, mood TEXT);
INSERT INTO accounts VALUES ('u1', 'ann', 'calm');
