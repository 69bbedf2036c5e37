INSERT INTO accounts VALUES ('u3', 'bob', 'theirs'), ('u4', 'cid', NULL);
