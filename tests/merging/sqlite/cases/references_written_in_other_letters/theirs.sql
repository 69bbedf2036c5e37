INSERT INTO People VALUES (2, 'Cid');
INSERT INTO facts VALUES (1, 'Cid runs', 2);
