INSERT INTO people VALUES (3, x'00', 'new');
