CREATE TABLE a (rowid TEXT, oid TEXT, _rowid_ TEXT);
CREATE TABLE b (id INTEGER PRIMARY KEY, rowid TEXT, oid TEXT, _rowid_ TEXT);
