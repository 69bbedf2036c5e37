DELETE FROM profiles;
DELETE FROM people;
INSERT INTO people VALUES (1, 'Cid', 'glad');
INSERT INTO profiles VALUES (1, 'blue');
