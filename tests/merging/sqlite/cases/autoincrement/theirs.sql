INSERT INTO log (line) VALUES ('theirs'), ('theirs too');
