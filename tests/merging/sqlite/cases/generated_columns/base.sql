CREATE TABLE words (
    id INTEGER PRIMARY KEY, word TEXT, length INTEGER AS (length(word)) VIRTUAL, loud TEXT AS (upper(word)) STORED, note TEXT);
INSERT INTO words (id, word, note) VALUES (1, 'cat', 'a'), (2, 'dog', 'b');
