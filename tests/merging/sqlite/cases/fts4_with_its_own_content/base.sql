CREATE VIRTUAL TABLE notes USING fts4 (title, text);
INSERT INTO notes VALUES ('a', 'red hat'), ('b', 'blue hat');
