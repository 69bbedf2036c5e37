UPDATE people SET mail = 'b@x' WHERE name = 'Bob';
CREATE TABLE new (name TEXT PRIMARY KEY, mail TEXT UNIQUE);
INSERT INTO new SELECT * FROM people;
DROP TABLE people;
ALTER TABLE new RENAME TO people;
