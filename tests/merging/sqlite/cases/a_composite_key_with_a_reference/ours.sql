INSERT INTO people VALUES (3, 'Cid', 'new');
INSERT INTO tags VALUES (3, 'loud', 'ours'), (2, 'loud', NULL);
