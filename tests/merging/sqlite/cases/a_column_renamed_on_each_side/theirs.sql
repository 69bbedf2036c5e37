ALTER TABLE people RENAME COLUMN name TO called;
UPDATE people SET called = 'Anna' WHERE id = 1;
