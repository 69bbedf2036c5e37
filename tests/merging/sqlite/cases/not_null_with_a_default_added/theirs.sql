INSERT INTO people VALUES (3, 'Cid', 'new');
UPDATE people SET mood = 'sad' WHERE id = 1;
