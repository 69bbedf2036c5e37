INSERT INTO diary VALUES ('d');
