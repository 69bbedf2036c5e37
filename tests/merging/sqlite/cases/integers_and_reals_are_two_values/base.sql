CREATE TABLE facts (id INTEGER PRIMARY KEY, value);
INSERT INTO facts VALUES (1, 1), (2, 2), (3, 3.0);
