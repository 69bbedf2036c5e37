PRAGMA journal_mode = WAL;
INSERT INTO people VALUES (3, 'Cid', 'new');
