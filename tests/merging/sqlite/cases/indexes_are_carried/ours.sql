INSERT INTO people VALUES (3, 'Cid', 'new');
CREATE INDEX by_name ON people (name);
