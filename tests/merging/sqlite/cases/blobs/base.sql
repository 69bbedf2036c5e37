CREATE TABLE faces (id INTEGER PRIMARY KEY, face BLOB, note TEXT);
INSERT INTO faces VALUES (1, x'00ff00', 'a'), (2, x'', 'b'), (3, 'text', 'c');
