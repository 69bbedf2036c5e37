INSERT INTO people VALUES (3, 'Cid', 'new');
UPDATE facts SET person = 3;
