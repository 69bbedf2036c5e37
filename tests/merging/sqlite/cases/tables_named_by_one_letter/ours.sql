INSERT INTO t VALUES (3, 'ours', 'a'); UPDATE t SET k0 = 'b' WHERE id = 1;
INSERT INTO o VALUES (3, 'ours', 'a'); UPDATE o SET k0 = 'b' WHERE id = 1;
INSERT INTO b VALUES (3, 'ours', 'a'); UPDATE b SET k0 = 'b' WHERE id = 1;
INSERT INTO s VALUES (3, 'ours', 'a'); UPDATE s SET k0 = 'b' WHERE id = 1;
INSERT INTO w VALUES (3, 'ours', 'a'); UPDATE w SET k0 = 'b' WHERE id = 1;
INSERT INTO c VALUES (3, 'ours', 'a'); UPDATE c SET k0 = 'b' WHERE id = 1;
INSERT INTO d VALUES (3, 'ours', 'a'); UPDATE d SET k0 = 'b' WHERE id = 1;
INSERT INTO r VALUES (3, 'ours', 'a'); UPDATE r SET k0 = 'b' WHERE id = 1;
