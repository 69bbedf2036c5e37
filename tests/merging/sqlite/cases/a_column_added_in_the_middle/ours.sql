CREATE TABLE new (id INTEGER PRIMARY KEY, age INTEGER, name TEXT, mood TEXT);
INSERT INTO new (id, name, mood) SELECT * FROM people;
DROP TABLE people;
ALTER TABLE new RENAME TO people;
UPDATE people SET age = 5;
