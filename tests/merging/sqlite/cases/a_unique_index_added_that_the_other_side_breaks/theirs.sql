INSERT INTO people VALUES (3, 'Ann', 'another');
