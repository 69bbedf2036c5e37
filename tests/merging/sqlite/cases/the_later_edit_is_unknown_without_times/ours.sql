UPDATE people SET mood = 'glad' WHERE id = 1;
