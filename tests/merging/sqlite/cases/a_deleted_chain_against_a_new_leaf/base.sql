CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT, author INTEGER REFERENCES authors (id));
CREATE TABLE quotes (id INTEGER PRIMARY KEY, words TEXT, book INTEGER REFERENCES books (id));
INSERT INTO authors VALUES (1, 'Ovid'), (2, 'Livy');
INSERT INTO books VALUES (1, 'Fasti', 1);
