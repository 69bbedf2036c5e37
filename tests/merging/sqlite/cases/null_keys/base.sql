CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT);
INSERT INTO settings VALUES (NULL, 'a'), (NULL, 'b'), ('size', 'small');
