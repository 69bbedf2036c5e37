PRAGMA page_size = 65536;
VACUUM;
INSERT INTO people VALUES (3, 'Dee', 'new');
