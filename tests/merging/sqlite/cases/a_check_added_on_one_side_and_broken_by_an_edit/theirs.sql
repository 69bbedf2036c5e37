UPDATE people SET mood = 'bad' WHERE id = 1;
