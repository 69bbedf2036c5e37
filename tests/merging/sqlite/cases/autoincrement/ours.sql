DELETE FROM log WHERE id = 3;
INSERT INTO log (line) VALUES ('ours');
