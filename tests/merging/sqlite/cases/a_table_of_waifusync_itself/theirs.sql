INSERT INTO people VALUES (3, 'Dee', 'new');
INSERT INTO waifusync_files VALUES ('log/b/1', x'01');
INSERT INTO waifusync_ours_0 VALUES ('theirs');
ALTER TABLE people ADD COLUMN age INTEGER;
