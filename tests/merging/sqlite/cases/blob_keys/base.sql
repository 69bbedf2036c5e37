CREATE TABLE vectors (hash BLOB PRIMARY KEY, model TEXT) WITHOUT ROWID;
INSERT INTO vectors VALUES (x'00', 'a'), (x'0000', 'b');
