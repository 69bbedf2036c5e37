INSERT INTO people VALUES (3, 'Dee', 'new');
CREATE VIRTUAL TABLE notes USING fts5 (text);
INSERT INTO notes VALUES ('green hat');
