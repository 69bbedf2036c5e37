CREATE TABLE words (word TEXT UNIQUE, count INTEGER, note TEXT);
INSERT INTO words VALUES ('yes', 1, NULL), (NULL, 2, 'none');
