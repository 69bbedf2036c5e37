INSERT INTO diary VALUES ('sun', 'glad'), ('snow', NULL);
