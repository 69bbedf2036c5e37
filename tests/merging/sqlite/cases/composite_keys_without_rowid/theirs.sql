UPDATE tags SET note = 'shouts' WHERE person = 'Ann' AND tag = 'loud';
DELETE FROM tags WHERE person = 'Bob';
INSERT INTO tags VALUES ('Cid', 'loud', 1, 'y');
