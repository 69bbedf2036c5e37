INSERT INTO people VALUES (3, 'Dee', 'new'), (4, 'Cid', 'new');
INSERT INTO facts VALUES (2, 'runs', 3), (3, 'runs', 4);
