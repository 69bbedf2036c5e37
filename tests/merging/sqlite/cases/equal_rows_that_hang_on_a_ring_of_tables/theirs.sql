INSERT INTO teams VALUES (1, 'Greens', 1), (2, 'Blues', 2), (3, 'Reds', NULL);
INSERT INTO players VALUES (1, 'Cid', 1), (2, 'Bob', 2), (3, 'Ann', 3);
INSERT INTO awards VALUES (1, 'best', 1, NULL), (2, 'best', 2, NULL), (3, 'best', 3, 2), (4, 'again', 1, 2);
