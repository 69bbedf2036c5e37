INSERT INTO codes VALUES (2, 'b', 'cheese', 'theirs');
