UPDATE people SET name = 'Anna' WHERE id = 1;
