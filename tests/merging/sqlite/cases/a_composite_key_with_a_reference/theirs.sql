INSERT INTO people VALUES (3, 'Dee', 'new'), (4, 'Cid', 'new');
INSERT INTO tags VALUES (3, 'loud', 'theirs'), (4, 'loud', 'ours'), (4, 'tall', NULL), (2, 'loud', 'told');
