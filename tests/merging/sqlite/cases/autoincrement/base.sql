CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT);
INSERT INTO log (line) VALUES ('one'), ('two'), ('three');
