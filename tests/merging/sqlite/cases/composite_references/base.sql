CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT);
CREATE TABLE chapters (book INTEGER REFERENCES books (id), number INTEGER, title TEXT, PRIMARY KEY (book, number));
CREATE TABLE marks (id INTEGER PRIMARY KEY, text TEXT, book INTEGER, number INTEGER,
    FOREIGN KEY (book, number) REFERENCES chapters (book, number));
INSERT INTO books VALUES (1, 'Fasti');
INSERT INTO chapters VALUES (1, 1, 'January');
INSERT INTO marks VALUES (1, 'good', 1, 1);
