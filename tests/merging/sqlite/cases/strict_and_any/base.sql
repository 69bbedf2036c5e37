CREATE TABLE facts (id INTEGER PRIMARY KEY, value ANY, weight REAL) STRICT;
INSERT INTO facts VALUES (1, 1, 1), (2, '1', 2), (3, 1.0, 3);
