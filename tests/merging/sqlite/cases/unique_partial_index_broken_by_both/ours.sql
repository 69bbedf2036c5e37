INSERT INTO codes VALUES (3, 'c', 'chives');
INSERT INTO uses VALUES (1, 'lunch', 3);
