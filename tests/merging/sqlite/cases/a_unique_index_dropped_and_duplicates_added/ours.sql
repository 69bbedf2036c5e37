INSERT INTO codes VALUES (3, 'c', 'cheese');
