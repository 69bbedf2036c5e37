CREATE TABLE new (id INTEGER PRIMARY KEY, line TEXT);
INSERT INTO new (line) SELECT line FROM diary;
DROP TABLE diary;
ALTER TABLE new RENAME TO diary;
INSERT INTO diary (line) VALUES ('c');
