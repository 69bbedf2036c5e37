UPDATE codes SET code = '' WHERE id = 1;
UPDATE codes SET code = 'a' WHERE id = 2;
UPDATE codes SET code = 'b' WHERE id = 1;
