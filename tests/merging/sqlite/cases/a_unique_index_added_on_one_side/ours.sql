INSERT INTO people VALUES (3, 'Cid', 'new');
CREATE UNIQUE INDEX one_name ON people (name);
