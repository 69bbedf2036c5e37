PRAGMA auto_vacuum = INCREMENTAL;
VACUUM;
INSERT INTO people VALUES (3, 'Dee', 'new');
