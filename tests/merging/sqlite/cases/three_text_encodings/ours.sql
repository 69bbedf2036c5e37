INSERT INTO diary VALUES ('ü');
