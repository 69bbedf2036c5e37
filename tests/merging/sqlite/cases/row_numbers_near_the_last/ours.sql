INSERT INTO facts (value) VALUES ('ours');
INSERT INTO facts (value) VALUES ('ours too');
