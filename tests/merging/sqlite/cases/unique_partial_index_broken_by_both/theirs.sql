INSERT INTO codes VALUES (3, 'd', 'dates'), (4, 'c', 'cheese');
INSERT INTO uses VALUES (1, 'tea', 4);
