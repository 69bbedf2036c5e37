INSERT INTO codes VALUES (3, 'C', 'cheese');
