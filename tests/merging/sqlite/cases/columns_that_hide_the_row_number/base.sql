CREATE TABLE a (rowid TEXT, x TEXT);
CREATE TABLE b (rowid TEXT, oid TEXT, x TEXT);
INSERT INTO a VALUES ('r', 'x');
INSERT INTO b VALUES ('r', 'o', 'x');
