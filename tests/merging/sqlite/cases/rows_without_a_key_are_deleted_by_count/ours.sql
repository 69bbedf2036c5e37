DELETE FROM diary WHERE rowid = 1;
