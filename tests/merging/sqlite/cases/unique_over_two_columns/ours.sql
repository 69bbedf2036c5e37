INSERT INTO seats VALUES (2, 'A', 2, 'Bob');
