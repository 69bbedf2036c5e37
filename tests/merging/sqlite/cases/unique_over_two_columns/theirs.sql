INSERT INTO seats VALUES (2, 'A', 2, 'Cid'), (3, 'B', 1, 'Dee');
