CREATE TABLE codes (id INTEGER PRIMARY KEY, code TEXT UNIQUE, what TEXT);
INSERT INTO codes VALUES (1, 'a', 'apple'), (2, 'b', 'bread');
CREATE TABLE uses (id INTEGER PRIMARY KEY, use TEXT, code INTEGER REFERENCES codes (id));
