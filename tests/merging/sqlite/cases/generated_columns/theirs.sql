UPDATE words SET note = 'c' WHERE id = 1;
INSERT INTO words (id, word) VALUES (3, 'eagle');
