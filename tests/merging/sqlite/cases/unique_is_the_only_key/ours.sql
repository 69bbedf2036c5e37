UPDATE words SET count = 5 WHERE word = 'yes';
INSERT INTO words VALUES ('no', 1, NULL), (NULL, 3, NULL);
