CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT, length INTEGER AS (length(word)));
INSERT INTO words (id, word) VALUES (1, 'cat');
