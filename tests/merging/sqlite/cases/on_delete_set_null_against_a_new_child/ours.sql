PRAGMA foreign_keys = ON;
DELETE FROM people WHERE id = 1;
