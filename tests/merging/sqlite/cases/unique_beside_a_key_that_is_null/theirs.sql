INSERT INTO codes VALUES ('bread', 'x'), (NULL, 'y');
UPDATE codes SET code = 'z' WHERE name = 'apple';
