UPDATE people SET mood = 'sad' WHERE id = 1;
UPDATE people SET mood = NULL WHERE id = 2;
INSERT INTO people VALUES (3, 'Dee', 'new'), (4, 'Eve', NULL);
