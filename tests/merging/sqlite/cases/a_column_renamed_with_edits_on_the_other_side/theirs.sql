UPDATE people SET mood = 'sad' WHERE id = 1;
INSERT INTO people VALUES (3, 'Dee', 'new');
