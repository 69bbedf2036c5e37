UPDATE people SET mood = 'sad' WHERE id = 1;
