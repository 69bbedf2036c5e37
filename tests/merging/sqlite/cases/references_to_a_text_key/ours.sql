INSERT INTO settings VALUES ('size', 'small');
INSERT INTO uses VALUES (2, 'coat', 'size');
