ALTER TABLE people ADD COLUMN age INTEGER;
UPDATE people SET age = 30 WHERE id = 1;
UPDATE people SET age = 1 WHERE id = 2;
