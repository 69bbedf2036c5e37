UPDATE spans SET low = 9 WHERE id = 1;
