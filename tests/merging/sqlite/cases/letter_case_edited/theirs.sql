UPDATE people SET mood = 'Calm' WHERE id = 1;
