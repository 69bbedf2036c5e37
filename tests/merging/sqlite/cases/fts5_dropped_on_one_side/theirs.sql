INSERT INTO people VALUES (3, 'Dee', 'new');
