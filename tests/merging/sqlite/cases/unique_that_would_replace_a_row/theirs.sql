INSERT INTO codes VALUES ('cheese', 'x');
INSERT INTO marks VALUES ('cheese', 'x');
