INSERT INTO people VALUES (2, 'Cid');
INSERT INTO facts VALUES (2, 'runs', 2);
