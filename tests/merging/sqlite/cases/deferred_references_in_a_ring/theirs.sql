INSERT INTO teams VALUES (2, 'Greens', 2);
INSERT INTO players VALUES (2, 'Cid', 2), (3, 'Dee', 1);
