INSERT INTO people VALUES (3, 'Zoë 猫', 'glad');
CREATE INDEX by_name ON people (name);
