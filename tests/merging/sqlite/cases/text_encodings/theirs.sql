INSERT INTO people VALUES (3, 'Ωmega 😀', 'glad');
UPDATE people SET mood = 'trü' WHERE id = 1;
CREATE VIEW calm AS SELECT * FROM people;
