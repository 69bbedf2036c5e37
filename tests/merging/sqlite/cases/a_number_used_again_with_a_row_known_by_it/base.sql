CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
CREATE TABLE profiles (person INTEGER PRIMARY KEY REFERENCES people (id), colour TEXT);
INSERT INTO people VALUES (1, 'Ann', 'calm');
INSERT INTO profiles VALUES (1, 'red');
