UPDATE codes SET code = 'z' WHERE id = 1;
