INSERT INTO words VALUES (2, 'owl');
