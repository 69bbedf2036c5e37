INSERT INTO log (line) VALUES ('gone'), ('gone'), ('gone');
DELETE FROM log;
