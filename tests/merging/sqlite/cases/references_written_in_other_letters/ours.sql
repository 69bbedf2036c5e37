INSERT INTO People VALUES (2, 'Bob');
INSERT INTO facts VALUES (1, 'Bob eats', 2);
