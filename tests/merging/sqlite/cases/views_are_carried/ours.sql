INSERT INTO people VALUES (3, 'Cid', 'new');
CREATE VIEW new AS SELECT name FROM people WHERE mood = 'new';
