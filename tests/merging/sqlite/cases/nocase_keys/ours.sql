UPDATE words SET word = 'YES' WHERE word = 'yes';
INSERT INTO words VALUES ('Maybe', 1, NULL);
