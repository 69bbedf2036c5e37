CREATE TABLE seats (id INTEGER PRIMARY KEY, line TEXT, place INTEGER, who TEXT, UNIQUE (line, place));
INSERT INTO seats VALUES (1, 'A', 1, 'Ann');
