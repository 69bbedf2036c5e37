CREATE TABLE spans (id INTEGER PRIMARY KEY, name TEXT, low INTEGER, high INTEGER, note TEXT, CHECK (low <= high));
INSERT INTO spans VALUES (1, 'day', 5, 10, NULL);
