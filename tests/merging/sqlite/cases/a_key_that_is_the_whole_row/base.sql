CREATE TABLE friends (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
INSERT INTO friends VALUES ('Ann', 'Bob'), ('Bob', 'Cid');
