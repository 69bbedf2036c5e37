INSERT INTO settings VALUES ('voice', 'low'), ('pitch', NULL);
DELETE FROM settings WHERE name = 'size';
