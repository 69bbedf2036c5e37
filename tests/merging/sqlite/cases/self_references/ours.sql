INSERT INTO staff VALUES (3, 'Cid', 1), (4, 'Eve', 3);
