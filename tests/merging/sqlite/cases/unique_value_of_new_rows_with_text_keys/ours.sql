INSERT INTO accounts VALUES ('u2', 'bob', 'ours');
