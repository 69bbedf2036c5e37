INSERT INTO codes VALUES ('bread', 'x');
INSERT INTO marks VALUES ('bread', 'x');
