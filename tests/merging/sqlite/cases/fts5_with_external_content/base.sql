CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
CREATE VIRTUAL TABLE found USING fts5 (text, content = 'notes', content_rowid = 'id');
CREATE TRIGGER notes_in AFTER INSERT ON notes BEGIN INSERT INTO found (rowid, text) VALUES (new.id, new.text); END;
CREATE TRIGGER notes_out AFTER DELETE ON notes BEGIN INSERT INTO found (found, rowid, text) VALUES ('delete', old.id, old.text); END;
INSERT INTO notes VALUES (1, 'red hat'), (2, 'blue hat');
