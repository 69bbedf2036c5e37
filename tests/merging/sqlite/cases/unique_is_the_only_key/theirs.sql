UPDATE words SET note = 'often' WHERE word = 'yes';
INSERT INTO words VALUES ('no', 1, NULL), (NULL, 3, NULL);
