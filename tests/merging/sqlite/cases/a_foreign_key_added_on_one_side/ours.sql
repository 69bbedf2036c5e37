CREATE TABLE new (text TEXT PRIMARY KEY, person INTEGER REFERENCES people (id));
INSERT INTO new SELECT * FROM notes;
DROP TABLE notes;
ALTER TABLE new RENAME TO notes;
INSERT INTO people VALUES (3, 'Cid');
INSERT INTO notes VALUES ('of Bob', 2), ('of Cid', 3);
