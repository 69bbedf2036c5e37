INSERT INTO people VALUES (3, 'Dee', 'new');
DROP TRIGGER calm_insert;
CREATE TRIGGER calm_insert INSTEAD OF INSERT ON calm BEGIN INSERT INTO people (name) VALUES (new.name); END;
