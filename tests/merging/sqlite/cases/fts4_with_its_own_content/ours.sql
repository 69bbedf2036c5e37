INSERT INTO notes VALUES ('c', 'green coat');
