INSERT INTO slots VALUES (2, 'coat'), (NULL, 'ours');
