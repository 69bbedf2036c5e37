ALTER TABLE people RENAME COLUMN mood TO temper;
