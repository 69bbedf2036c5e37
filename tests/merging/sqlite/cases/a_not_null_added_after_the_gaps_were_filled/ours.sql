UPDATE people SET mood = 'unknown' WHERE mood IS NULL;
CREATE TABLE new (id INTEGER PRIMARY KEY, name TEXT, mood TEXT NOT NULL CHECK (mood <> ''));
INSERT INTO new SELECT * FROM people;
DROP TABLE people;
ALTER TABLE new RENAME TO people;
INSERT INTO people VALUES (3, 'Cid', 'glad');
INSERT INTO notes VALUES (1, 3, 'of Cid');
