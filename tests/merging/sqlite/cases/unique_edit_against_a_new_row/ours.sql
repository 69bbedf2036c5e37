UPDATE codes SET code = 'x', what = 'xigua' WHERE id = 1;
