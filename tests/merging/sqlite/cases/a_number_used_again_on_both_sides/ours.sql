DELETE FROM people WHERE id = 2; INSERT INTO people VALUES (2, 'Cid', 'new');
