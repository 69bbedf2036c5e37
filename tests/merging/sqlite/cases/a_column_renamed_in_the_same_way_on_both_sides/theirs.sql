ALTER TABLE people RENAME COLUMN mood TO feeling;
INSERT INTO people VALUES (3, 'Dee', 'new');
