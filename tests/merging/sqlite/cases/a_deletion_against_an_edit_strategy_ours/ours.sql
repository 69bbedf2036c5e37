DELETE FROM people WHERE id = 1; UPDATE people SET mood = 'sad' WHERE id = 2;
