INSERT INTO people VALUES (3, NULL, 'new');
