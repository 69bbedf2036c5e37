INSERT INTO facts VALUES (2, 'of another', 88);
