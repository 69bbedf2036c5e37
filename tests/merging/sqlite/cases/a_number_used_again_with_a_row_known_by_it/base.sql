CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
CREATE TABLE profiles (person INTEGER PRIMARY KEY REFERENCES people (id), colour TEXT);
CREATE TABLE tags (person INTEGER REFERENCES people (id), tag TEXT, PRIMARY KEY (person, tag));
INSERT INTO people VALUES (1, 'Ann', 'calm');
INSERT INTO profiles VALUES (1, 'red');
