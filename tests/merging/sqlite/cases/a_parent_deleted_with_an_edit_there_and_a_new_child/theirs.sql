UPDATE people SET mood = 'glad' WHERE id = 1;
INSERT INTO facts VALUES (2, 'Ann hums', 1);
