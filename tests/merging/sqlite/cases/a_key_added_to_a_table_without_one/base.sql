CREATE TABLE diary (line TEXT);
INSERT INTO diary VALUES ('a'), ('b');
