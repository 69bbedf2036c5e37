CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT, mark TEXT);
INSERT INTO notes VALUES (1, CAST(x'ff41' AS TEXT), 'a'), (2, 'fine', 'b');
