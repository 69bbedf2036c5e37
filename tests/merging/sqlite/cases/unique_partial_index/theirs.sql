INSERT INTO codes VALUES (3, 'c', 'cheese'), (4, 'c', NULL);
