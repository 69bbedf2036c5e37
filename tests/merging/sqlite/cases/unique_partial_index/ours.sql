INSERT INTO codes VALUES (3, 'c', NULL), (4, 'd', 'dates');
