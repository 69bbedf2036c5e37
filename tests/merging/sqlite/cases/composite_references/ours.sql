INSERT INTO books VALUES (2, 'Amores');
INSERT INTO chapters VALUES (2, 1, 'arms'), (1, 2, 'February');
INSERT INTO marks VALUES (2, 'witty', 2, 1);
