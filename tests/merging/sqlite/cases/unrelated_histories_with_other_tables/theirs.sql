CREATE TABLE hats (hat TEXT);
INSERT INTO hats VALUES ('cap');
