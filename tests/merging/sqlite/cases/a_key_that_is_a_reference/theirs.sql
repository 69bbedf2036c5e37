INSERT INTO people VALUES (3, 'Dee', 'new');
INSERT INTO profiles VALUES (3, 'green'), (2, 'gold');
INSERT INTO looks VALUES (1, 'crown', 3);
