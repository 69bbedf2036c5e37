DROP TABLE facts;
DROP TABLE people;
