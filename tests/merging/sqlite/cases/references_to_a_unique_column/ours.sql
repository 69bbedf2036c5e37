INSERT INTO people VALUES (2, 'c@x', 'Cid');
INSERT INTO letters VALUES (1, 'hello', 'c@x');
