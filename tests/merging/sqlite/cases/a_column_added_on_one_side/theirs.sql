ALTER TABLE people ADD COLUMN age INTEGER;
UPDATE people SET age = 30 WHERE id = 1;
INSERT INTO people VALUES (3, 'Dee', 'new', 4);
