INSERT INTO codes VALUES (2, 'x', 'new');
