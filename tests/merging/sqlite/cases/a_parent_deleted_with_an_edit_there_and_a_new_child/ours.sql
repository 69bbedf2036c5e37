DELETE FROM facts;
DELETE FROM people WHERE id = 1;
