INSERT INTO a VALUES ('r', 'theirs');
DELETE FROM b;
