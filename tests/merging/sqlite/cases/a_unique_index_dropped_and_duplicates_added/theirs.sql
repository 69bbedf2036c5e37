DROP INDEX one_code;
INSERT INTO codes VALUES (3, 'a', 'another');
