INSERT INTO people VALUES (3, 'Cid', 'bad');
UPDATE people SET mood = 'bad' WHERE id = 1;
