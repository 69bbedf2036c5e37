INSERT INTO facts VALUES (2, 'Bob eats', 2);
