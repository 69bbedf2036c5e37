PRAGMA case_sensitive_like = ON;
INSERT INTO t (y) VALUES ('ours');
