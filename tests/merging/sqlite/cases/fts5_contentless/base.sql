CREATE VIRTUAL TABLE notes USING fts5 (text, content = '');
INSERT INTO notes (rowid, text) VALUES (1, 'red hat');
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
INSERT INTO people VALUES (1, 'Ann', 'calm'), (2, 'Bob', 'calm');
