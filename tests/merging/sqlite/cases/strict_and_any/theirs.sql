UPDATE facts SET value = 1 WHERE id = 2;
UPDATE facts SET value = x'31' WHERE id = 3;
INSERT INTO facts VALUES (4, '1', 1);
