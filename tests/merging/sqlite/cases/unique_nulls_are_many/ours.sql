INSERT INTO codes VALUES (3, NULL, 'nameless');
