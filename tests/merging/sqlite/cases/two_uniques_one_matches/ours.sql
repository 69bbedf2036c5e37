INSERT INTO codes VALUES (1, 'b', 'bread', 'ours');
