INSERT INTO authors VALUES (2, 'Cato');
INSERT INTO books VALUES (2, 'Origines', 2), (3, 'Amores', 1);
INSERT INTO quotes VALUES (2, 'delenda', 2), (3, 'militat', 3);
