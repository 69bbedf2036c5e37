INSERT INTO staff VALUES (3, 'Dee', 1), (4, 'Cid', 1), (5, 'Eve', 4);
