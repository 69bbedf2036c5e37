INSERT INTO words (id, word) VALUES (2, 'owl');
