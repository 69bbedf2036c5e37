DELETE FROM people WHERE id = 2;
INSERT INTO people VALUES (3, 'Dan');
INSERT INTO notes VALUES ('of Dan', 3);
