INSERT INTO a VALUES (1, 'ours');
