UPDATE tags SET weight = 4.5 WHERE person = 'Ann' AND tag = 'loud';
INSERT INTO tags VALUES ('Cid', 'kind', 1, 'y'), ('Dee', NULL, 1, 'x'), ('Dee', NULL, 1, 'y');
