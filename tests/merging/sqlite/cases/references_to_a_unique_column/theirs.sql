INSERT INTO people VALUES (2, 'd@x', 'Dee'), (3, 'c@x', 'Cid');
INSERT INTO letters VALUES (1, 'goodbye', 'd@x');
