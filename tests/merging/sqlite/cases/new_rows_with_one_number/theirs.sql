INSERT INTO people VALUES (3, 'Dee', 'new'), (4, 'Eve', 'new');
