UPDATE notes SET mark = 'c' WHERE id = 1;
INSERT INTO notes VALUES (3, CAST(x'c328' AS TEXT), NULL);
