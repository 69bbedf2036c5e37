INSERT INTO accounts VALUES ('u2', 'bob', 'ours');
INSERT INTO posts VALUES (1, 'hello', 'u2');
