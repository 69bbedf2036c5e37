UPDATE settings SET value = 'blue' WHERE name = 'colour';
