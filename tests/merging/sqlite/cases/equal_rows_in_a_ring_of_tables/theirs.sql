INSERT INTO teams VALUES (2, 'Greens', 2), (3, 'Blues', 3);
INSERT INTO players VALUES (2, 'Cid', 2), (3, 'Bob', 3);
