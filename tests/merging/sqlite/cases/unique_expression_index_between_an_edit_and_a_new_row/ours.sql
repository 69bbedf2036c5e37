UPDATE codes SET code = 'X', what = 'pear' WHERE id = 1;
