INSERT INTO codes VALUES (3, 'd', 'dates');
