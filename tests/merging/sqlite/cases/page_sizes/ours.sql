PRAGMA page_size = 512;
VACUUM;
INSERT INTO people VALUES (3, 'Cid', 'new');
