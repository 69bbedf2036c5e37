INSERT INTO people VALUES (3, 'Cid', 'new');
INSERT INTO waifusync_files VALUES ('log/a/1', x'00');
INSERT INTO waifusync_work_0 VALUES ('ours');
