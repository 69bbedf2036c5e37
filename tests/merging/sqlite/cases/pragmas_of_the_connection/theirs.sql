PRAGMA foreign_keys = ON;
PRAGMA recursive_triggers = ON;
INSERT INTO t (y) VALUES ('theirs');
