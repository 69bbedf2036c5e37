INSERT INTO staff VALUES (3, 'Cid', 4), (4, 'Eve', 3);
