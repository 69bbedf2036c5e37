INSERT INTO b VALUES (1, 'theirs', 'o', 'o');
