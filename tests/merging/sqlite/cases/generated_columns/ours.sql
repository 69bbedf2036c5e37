UPDATE words SET word = 'kitten' WHERE id = 1;
INSERT INTO words (id, word) VALUES (3, 'owl');
