INSERT INTO t VALUES (3, 'theirs', 'a'); UPDATE t SET name = 'uno' WHERE id = 1; DELETE FROM t WHERE id = 2;
INSERT INTO o VALUES (3, 'theirs', 'a'); UPDATE o SET name = 'uno' WHERE id = 1; DELETE FROM o WHERE id = 2;
INSERT INTO b VALUES (3, 'theirs', 'a'); UPDATE b SET name = 'uno' WHERE id = 1; DELETE FROM b WHERE id = 2;
INSERT INTO s VALUES (3, 'theirs', 'a'); UPDATE s SET name = 'uno' WHERE id = 1; DELETE FROM s WHERE id = 2;
INSERT INTO w VALUES (3, 'theirs', 'a'); UPDATE w SET name = 'uno' WHERE id = 1; DELETE FROM w WHERE id = 2;
INSERT INTO c VALUES (3, 'theirs', 'a'); UPDATE c SET name = 'uno' WHERE id = 1; DELETE FROM c WHERE id = 2;
INSERT INTO d VALUES (3, 'theirs', 'a'); UPDATE d SET name = 'uno' WHERE id = 1; DELETE FROM d WHERE id = 2;
INSERT INTO r VALUES (3, 'theirs', 'a'); UPDATE r SET name = 'uno' WHERE id = 1; DELETE FROM r WHERE id = 2;
