UPDATE faces SET face = x'00ff01' WHERE id = 1;
INSERT INTO faces VALUES (4, zeroblob(3), NULL);
