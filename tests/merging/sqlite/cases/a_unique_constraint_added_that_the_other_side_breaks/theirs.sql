INSERT INTO people VALUES (3, 'Ann', 'another');
UPDATE people SET mood = 'calm' WHERE id = 1;
