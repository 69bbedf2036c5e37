INSERT INTO staff VALUES (3, 'Dee', 4), (4, 'Fay', 3);
