INSERT INTO log (line) VALUES ('ours');
