CREATE TABLE diary (line TEXT, mood TEXT);
INSERT INTO diary VALUES ('rain', 'sad'), ('rain', 'sad'), ('rain', 'sad'), ('sun', 'glad');
