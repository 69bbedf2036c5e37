ALTER TABLE facts RENAME COLUMN person TO about;
INSERT INTO people VALUES (2, 'Dee');
INSERT INTO facts VALUES (2, 'swims', 2);
