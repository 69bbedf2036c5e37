INSERT INTO settings VALUES ('voice', 'low');
