ALTER TABLE people RENAME COLUMN mood TO feeling;
UPDATE people SET feeling = 'glad' WHERE id = 2;
