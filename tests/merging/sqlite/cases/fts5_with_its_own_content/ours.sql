INSERT INTO notes VALUES ('c', 'green coat');
DELETE FROM notes WHERE title = 'a';
