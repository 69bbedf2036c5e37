CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
INSERT INTO people VALUES (1, 'Ann', 'calm'), (2, 'Bob', 'calm');
CREATE TABLE profiles (person INTEGER PRIMARY KEY REFERENCES people (id), colour TEXT);
CREATE TABLE looks (id INTEGER PRIMARY KEY, hat TEXT, profile INTEGER REFERENCES profiles (person));
INSERT INTO profiles VALUES (1, 'red');
