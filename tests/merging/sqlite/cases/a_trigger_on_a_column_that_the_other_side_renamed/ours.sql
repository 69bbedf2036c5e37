ALTER TABLE people RENAME COLUMN mood TO feeling;
