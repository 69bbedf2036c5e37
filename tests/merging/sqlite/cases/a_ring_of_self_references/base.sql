CREATE TABLE staff (id INTEGER PRIMARY KEY, name TEXT, boss INTEGER REFERENCES staff (id));
INSERT INTO staff VALUES (1, 'Ann', NULL), (2, 'Bob', 1);
