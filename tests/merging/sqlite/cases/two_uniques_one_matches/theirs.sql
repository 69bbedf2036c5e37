INSERT INTO codes VALUES (1, 'x', 'bread', 'ours'), (2, 'c', NULL, 'x');
