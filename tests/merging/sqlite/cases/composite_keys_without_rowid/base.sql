CREATE TABLE tags (person TEXT, tag TEXT, weight REAL, note TEXT, PRIMARY KEY (person, tag)) WITHOUT ROWID;
INSERT INTO tags VALUES ('Ann', 'kind', 1.0, NULL), ('Ann', 'loud', 0.5, 'sings'), ('Bob', 'kind', 2.0, NULL);
