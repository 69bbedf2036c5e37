INSERT INTO codes VALUES (3, 'c', 'cheese');
INSERT INTO uses VALUES (1, 'lunch', 3);
