DELETE FROM diary WHERE rowid IN (2, 3);
