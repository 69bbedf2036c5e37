DELETE FROM people WHERE id = 2; UPDATE people SET mood = 'glad' WHERE id = 1;
