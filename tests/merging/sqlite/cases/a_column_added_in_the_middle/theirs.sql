INSERT INTO people VALUES (3, 'Dee', 'new');
UPDATE people SET mood = 'sad' WHERE id = 1;
