UPDATE codes SET code = 'x' WHERE id = 1;
