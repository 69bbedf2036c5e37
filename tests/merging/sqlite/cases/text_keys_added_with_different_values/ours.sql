INSERT INTO settings VALUES ('voice', 'low'), ('tempo', NULL);
