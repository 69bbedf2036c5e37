INSERT INTO teams VALUES (5, 'Twins', 6), (6, 'Twins', 7), (8, 'Twins', 9);
INSERT INTO players VALUES (6, 'Bob', 6), (7, 'Bob', 5), (9, 'Bob', 8);
