INSERT INTO accounts VALUES ('u3', 'bob', 'theirs');
INSERT INTO posts VALUES (1, 'goodbye', 'u3');
