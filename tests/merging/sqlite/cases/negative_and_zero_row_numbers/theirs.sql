INSERT INTO people VALUES (-5, 'Dee', 'new'), (0, 'Fay', 'new');
