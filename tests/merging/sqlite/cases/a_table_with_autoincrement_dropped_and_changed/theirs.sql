INSERT INTO log (line) VALUES ('two');
DELETE FROM log WHERE line = 'one';
