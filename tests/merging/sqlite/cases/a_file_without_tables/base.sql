PRAGMA user_version = 1;
CREATE TABLE t (x);
DROP TABLE t;
