INSERT INTO c VALUES ('theirs');
