INSERT INTO settings VALUES ('voice', 'low'), ('tempo', 'slow');
UPDATE settings SET value = 'blue' WHERE name = 'colour';
