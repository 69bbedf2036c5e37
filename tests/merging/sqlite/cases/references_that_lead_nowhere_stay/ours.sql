INSERT INTO facts VALUES (2, 'of a ghost', 77);
