UPDATE people SET name = 'Ann' WHERE id = 1;
