ALTER TABLE words ADD COLUMN length INTEGER AS (length(word));
INSERT INTO words VALUES (2, 'eagle');
