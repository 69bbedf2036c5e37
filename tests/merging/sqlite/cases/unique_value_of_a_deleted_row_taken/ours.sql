DELETE FROM codes WHERE id = 2;
INSERT INTO codes VALUES (3, 'b', 'butter');
