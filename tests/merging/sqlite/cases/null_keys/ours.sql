INSERT INTO settings VALUES (NULL, 'c'), (NULL, 'd');
UPDATE settings SET value = 'large' WHERE name = 'size';
