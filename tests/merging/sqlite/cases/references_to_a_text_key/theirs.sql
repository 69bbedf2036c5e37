INSERT INTO settings VALUES ('size', 'small'), ('age', 'new');
INSERT INTO uses VALUES (2, 'shoe', 'size'), (3, 'belt', 'age');
