INSERT INTO diary VALUES ('sun', 'glad'), ('sun', 'glad'), ('wind', '');
