ALTER TABLE people DROP COLUMN mood;
ALTER TABLE people ADD COLUMN hat TEXT;
UPDATE people SET hat = 'cap' WHERE id = 1;
