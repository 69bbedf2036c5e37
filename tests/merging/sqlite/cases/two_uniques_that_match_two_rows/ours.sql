INSERT INTO codes VALUES (2, 'b', 'bread', 'ours'), (3, 'c', 'cheese', 'ours');
