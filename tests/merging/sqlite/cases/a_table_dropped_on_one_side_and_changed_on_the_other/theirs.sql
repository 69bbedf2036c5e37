INSERT INTO hats VALUES ('crown');
