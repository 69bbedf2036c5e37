UPDATE tags SET weight = 3.5 WHERE person = 'Ann' AND tag = 'loud';
INSERT INTO tags VALUES ('Cid', 'kind', 1, 'x');
