INSERT INTO teams VALUES (2, 'Twins', 3), (3, 'Twins', 2);
INSERT INTO players VALUES (2, 'Bob', 2), (3, 'Bob', 3);
