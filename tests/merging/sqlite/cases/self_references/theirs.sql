INSERT INTO staff VALUES (3, 'Dee', 2), (4, 'Fay', 3), (5, 'Gus', 5);
UPDATE staff SET boss = 4 WHERE id = 2;
