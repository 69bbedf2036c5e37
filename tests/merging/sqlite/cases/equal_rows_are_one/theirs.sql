INSERT INTO people VALUES (3, 'Dee', NULL), (4, 'Cid', 'new'), (5, 'Eve', 'new');
