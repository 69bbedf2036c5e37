INSERT INTO codes VALUES (3, 'x', 'new');
