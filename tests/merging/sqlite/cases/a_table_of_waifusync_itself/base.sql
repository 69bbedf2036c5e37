CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
INSERT INTO people VALUES (1, 'Ann', 'calm'), (2, 'Bob', 'calm');
CREATE TABLE waifusync_files (path TEXT PRIMARY KEY, content BLOB);
CREATE TABLE waifusync_work_0 (x TEXT);
CREATE TABLE waifusync_ours_0 (x TEXT);
CREATE TABLE waifusync_numbers_0 (old INTEGER PRIMARY KEY, new INTEGER);
CREATE TABLE waifusync_old_people (x TEXT);
INSERT INTO waifusync_numbers_0 VALUES (3, 999);
