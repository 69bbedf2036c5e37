INSERT INTO codes VALUES (3, NULL, 'unknown'), (4, NULL, 'nameless');
