INSERT INTO log (id, line) VALUES (90, 'gone');
DELETE FROM log WHERE id = 90;
