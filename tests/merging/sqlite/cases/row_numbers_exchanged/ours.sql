UPDATE people SET id = 99 WHERE id = 1;
UPDATE people SET id = 1 WHERE id = 2;
UPDATE people SET id = 2 WHERE id = 99;
