INSERT INTO people VALUES ('Cid', 'a@x'), ('Dan', 'd@x');
UPDATE people SET mail = 'b@x' WHERE name = 'Eve';
