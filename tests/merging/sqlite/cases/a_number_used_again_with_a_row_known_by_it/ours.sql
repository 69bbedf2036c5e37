DELETE FROM profiles;
DELETE FROM people;
INSERT INTO people VALUES (1, 'Cid', 'glad');
INSERT INTO profiles VALUES (1, 'blue');
INSERT INTO tags VALUES (1, 'new'), (1, NULL);
