CREATE TABLE diary (line TEXT, mood TEXT DEFAULT 'calm');
INSERT INTO diary VALUES ('a', 'sad'), ('b', 'glad');
