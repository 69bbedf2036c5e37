CREATE VIRTUAL TABLE notes USING fts5 (text);
INSERT INTO notes VALUES ('green hat');
