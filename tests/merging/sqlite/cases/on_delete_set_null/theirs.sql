UPDATE facts SET text = 'Ann hums' WHERE id = 1;
