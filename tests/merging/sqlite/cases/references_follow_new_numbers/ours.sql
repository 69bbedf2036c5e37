INSERT INTO people VALUES (3, 'Cid', 'new');
INSERT INTO facts VALUES (2, 'Cid runs', 3), (3, 'Bob eats', 2);
