INSERT INTO codes VALUES (3, 'z', 'zest');
UPDATE codes SET code = 'y' WHERE id = 2;
