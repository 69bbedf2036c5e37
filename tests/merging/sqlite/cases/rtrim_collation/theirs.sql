UPDATE words SET word = 'yes ' WHERE word = 'yes';
