CREATE TABLE new (id INTEGER PRIMARY KEY, code TEXT, what TEXT, UNIQUE (code));
INSERT INTO new SELECT * FROM codes;
DROP TABLE codes;
ALTER TABLE new RENAME TO codes;
INSERT INTO codes VALUES (2, 'b', 'bread');
