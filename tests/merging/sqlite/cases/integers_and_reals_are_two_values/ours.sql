UPDATE facts SET value = 1.0 WHERE id = 1;
UPDATE facts SET value = 2.0 WHERE id = 2;
