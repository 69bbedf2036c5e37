INSERT INTO facts VALUES (2, 'Ann hums', 1);
