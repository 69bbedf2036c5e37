PRAGMA auto_vacuum = FULL;
VACUUM;
INSERT INTO people VALUES (3, 'Cid', 'new');
