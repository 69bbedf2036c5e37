ALTER TABLE codes ADD COLUMN shelf TEXT;
INSERT INTO codes VALUES ('b', 'bread', 'top');
