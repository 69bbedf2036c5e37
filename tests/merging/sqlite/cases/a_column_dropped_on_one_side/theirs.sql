UPDATE people SET name = 'Anna' WHERE id = 1;
INSERT INTO people VALUES (3, 'Dee', NULL);
