ALTER TABLE people ADD COLUMN hat TEXT DEFAULT 'none';
UPDATE people SET hat = 'cap' WHERE id = 2;
INSERT INTO people VALUES (3, 'Dee', 'new', 'crown');
