UPDATE words SET note = 'often' WHERE word = 'yes';
INSERT INTO words VALUES ('maybe', 1, 'rare');
