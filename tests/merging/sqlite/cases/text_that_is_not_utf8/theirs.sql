UPDATE notes SET text = CAST(x'fe' AS TEXT) WHERE id = 1;
INSERT INTO notes VALUES (3, CAST(x'c328' AS TEXT), NULL), (4, x'c328', NULL);
