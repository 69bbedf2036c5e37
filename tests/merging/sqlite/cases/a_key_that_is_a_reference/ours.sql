INSERT INTO people VALUES (3, 'Cid', 'new');
INSERT INTO profiles VALUES (3, 'blue'), (2, 'grey');
INSERT INTO looks VALUES (1, 'cap', 3);
