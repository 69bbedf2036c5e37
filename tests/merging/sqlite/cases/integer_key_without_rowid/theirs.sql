INSERT INTO slots VALUES (2, 'shoe'), (3, 'belt');
