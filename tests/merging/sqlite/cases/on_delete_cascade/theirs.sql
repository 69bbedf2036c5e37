INSERT INTO facts VALUES (3, 'Bob runs', 2);
UPDATE people SET mood = 'glad' WHERE id = 2;
