INSERT INTO friends VALUES ('Ann', 'Dee'), ('Dee', 'Ann');
