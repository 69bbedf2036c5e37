CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
INSERT INTO people VALUES (1, 'Ann', 'calm'), (2, 'Bob', 'calm');
CREATE TABLE tags (person INTEGER REFERENCES people (id), tag TEXT, note TEXT, PRIMARY KEY (person, tag)) WITHOUT ROWID;
INSERT INTO tags VALUES (1, 'kind', NULL);
