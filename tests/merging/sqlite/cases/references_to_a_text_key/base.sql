CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE uses (id INTEGER PRIMARY KEY, what TEXT, setting TEXT REFERENCES settings (name) ON UPDATE CASCADE);
INSERT INTO settings VALUES ('colour', 'red');
INSERT INTO uses VALUES (1, 'hat', 'colour');
