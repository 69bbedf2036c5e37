CREATE TABLE new (id INTEGER PRIMARY KEY, name TEXT, mood TEXT, CHECK (mood <> 'bad'));
INSERT INTO new SELECT * FROM people;
DROP TABLE people;
ALTER TABLE new RENAME TO people;
