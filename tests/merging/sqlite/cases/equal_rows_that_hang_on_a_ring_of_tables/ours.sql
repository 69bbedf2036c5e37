INSERT INTO teams VALUES (1, 'Blues', 1), (2, 'Reds', NULL);
INSERT INTO players VALUES (1, 'Bob', 1), (2, 'Ann', 2);
INSERT INTO awards VALUES (1, 'best', 1, NULL), (2, 'best', 2, 1), (3, 'again', 1, 1);
