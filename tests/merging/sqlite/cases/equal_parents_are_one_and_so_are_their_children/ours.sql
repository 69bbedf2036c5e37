INSERT INTO people VALUES (3, 'Cid', 'new'), (4, 'Eve', 'new');
INSERT INTO facts VALUES (2, 'runs', 3), (3, 'runs', 4);
