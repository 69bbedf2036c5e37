INSERT INTO authors VALUES (2, 'Livy');
INSERT INTO books VALUES (2, 'Ab urbe', 2), (3, 'Tristia', 1);
INSERT INTO quotes VALUES (2, 'facturusne', 2), (3, 'parve', 3);
