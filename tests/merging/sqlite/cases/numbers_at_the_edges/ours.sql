UPDATE facts SET value = 9223372036854775807 WHERE value = 'most';
INSERT INTO facts VALUES (1, 'ours');
