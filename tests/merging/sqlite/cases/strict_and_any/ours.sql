UPDATE facts SET value = 1.0 WHERE id = 1;
UPDATE facts SET weight = 9 WHERE id = 3;
