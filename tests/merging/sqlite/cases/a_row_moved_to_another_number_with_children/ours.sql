UPDATE people SET id = 50 WHERE id = 1;
UPDATE facts SET person = 50;
