INSERT INTO people VALUES (3, 'Dan', 'sad');
INSERT INTO notes VALUES (1, 3, 'of Dan');
UPDATE people SET name = 'Anna' WHERE id = 1;
UPDATE people SET mood = 'merry' WHERE id = 2;
