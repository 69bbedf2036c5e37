CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
INSERT INTO people VALUES (1, 'Ann', 'calm'), (2, 'Bob', 'calm');
CREATE VIRTUAL TABLE boxes USING rtree (id, low, high);
INSERT INTO boxes VALUES (1, 0, 10), (2, 5, 20);
