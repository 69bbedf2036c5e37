INSERT INTO books VALUES (2, 'Tristia');
INSERT INTO chapters VALUES (2, 1, 'book'), (1, 2, 'Februarius');
INSERT INTO marks VALUES (2, 'sad', 2, 1);
UPDATE marks SET book = 2 WHERE id = 1;
