INSERT INTO people VALUES (3, 'Cid', 'new');
