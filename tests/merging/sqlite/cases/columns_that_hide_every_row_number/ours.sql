INSERT INTO b VALUES (1, 'ours', 'o', 'o');
