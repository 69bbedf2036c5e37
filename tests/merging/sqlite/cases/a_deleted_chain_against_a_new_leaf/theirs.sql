INSERT INTO quotes VALUES (1, 'tempora', 1);
