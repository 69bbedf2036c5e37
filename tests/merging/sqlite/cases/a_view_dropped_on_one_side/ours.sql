DROP VIEW calm;
