INSERT INTO notes VALUES (2, 'c', '2026-01-03'), (3, 'd', NULL);
