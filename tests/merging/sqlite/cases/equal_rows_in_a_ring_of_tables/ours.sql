INSERT INTO teams VALUES (2, 'Blues', 2);
INSERT INTO players VALUES (2, 'Bob', 2);
