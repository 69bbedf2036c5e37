UPDATE words SET note = 'b' WHERE word = 'yes  ';
