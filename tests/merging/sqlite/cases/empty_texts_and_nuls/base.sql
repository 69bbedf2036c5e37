CREATE TABLE notes (name TEXT PRIMARY KEY, text TEXT);
INSERT INTO notes VALUES ('', NULL), ('a' || char(0) || 'b', 'x'), ('a', 'y');
