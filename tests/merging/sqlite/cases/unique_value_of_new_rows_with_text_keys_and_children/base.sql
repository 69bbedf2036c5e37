CREATE TABLE accounts (uuid TEXT PRIMARY KEY, name TEXT UNIQUE, mood TEXT);
INSERT INTO accounts VALUES ('u1', 'ann', 'calm');
CREATE TABLE posts (id INTEGER PRIMARY KEY, text TEXT, author TEXT REFERENCES accounts (uuid));
