INSERT INTO people VALUES (3, 'Dee', 'new');
UPDATE facts SET person = 3;
