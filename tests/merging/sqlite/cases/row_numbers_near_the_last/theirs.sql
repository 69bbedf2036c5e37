INSERT INTO facts (value) VALUES ('theirs');
INSERT INTO facts (value) VALUES ('theirs too');
