INSERT INTO settings VALUES ('voice', 'high'), ('tempo', 'slow');
