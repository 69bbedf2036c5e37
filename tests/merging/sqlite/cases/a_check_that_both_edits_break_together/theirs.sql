UPDATE spans SET high = 6, note = 'short' WHERE id = 1;
