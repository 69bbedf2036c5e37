INSERT INTO facts VALUES (3, 'Ann runs', 1);
