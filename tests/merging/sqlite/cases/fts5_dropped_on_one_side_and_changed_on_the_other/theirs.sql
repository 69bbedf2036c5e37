INSERT INTO people VALUES (3, 'Dee', 'new');
INSERT INTO notes VALUES ('c', 'green coat');
