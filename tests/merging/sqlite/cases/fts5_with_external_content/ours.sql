INSERT INTO notes VALUES (3, 'green coat');
DELETE FROM notes WHERE id = 1;
