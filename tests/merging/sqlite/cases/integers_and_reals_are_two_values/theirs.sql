UPDATE facts SET value = '1' WHERE id = 1;
UPDATE facts SET value = 3 WHERE id = 3;
