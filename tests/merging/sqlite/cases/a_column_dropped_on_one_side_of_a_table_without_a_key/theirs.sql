UPDATE diary SET mood = 'wild' WHERE line = 'a';
INSERT INTO diary (line) VALUES ('c');
