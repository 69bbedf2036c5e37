INSERT INTO people VALUES (-5, 'Cid', 'new'), (0, 'Eve', 'new');
