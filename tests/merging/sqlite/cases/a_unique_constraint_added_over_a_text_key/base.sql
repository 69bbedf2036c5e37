CREATE TABLE people (name TEXT PRIMARY KEY, mail TEXT);
INSERT INTO people VALUES ('Ann', 'a@x'), ('Bob', 'a@x'), ('Eve', 'e@x');
