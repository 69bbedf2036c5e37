CREATE TABLE notes (name TEXT PRIMARY KEY, text TEXT, mark TEXT);
INSERT INTO notes VALUES (CAST(x'ff41' AS TEXT), 'a', 'b');
