UPDATE settings SET name = 'hue' WHERE name = 'colour';
