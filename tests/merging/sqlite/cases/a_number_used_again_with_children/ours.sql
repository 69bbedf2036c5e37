DELETE FROM facts; DELETE FROM people WHERE id = 2;
INSERT INTO people VALUES (2, 'Cid', 'new');
INSERT INTO facts VALUES (1, 'Cid runs', 2);
