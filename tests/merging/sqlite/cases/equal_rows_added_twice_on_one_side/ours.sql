INSERT INTO people VALUES (3, 'Cid', 'new'), (4, 'Cid', 'new');
