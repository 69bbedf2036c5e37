DELETE FROM settings WHERE value = 'a';
INSERT INTO settings VALUES (NULL, 'c');
