DELETE FROM diary WHERE rowid = 1;
UPDATE people SET name = 'Änn' WHERE id = 1;
