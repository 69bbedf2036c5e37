CREATE VIRTUAL TABLE notes USING fts5 (title, text);
INSERT INTO notes VALUES ('a', 'red hat'), ('b', 'blue hat');
