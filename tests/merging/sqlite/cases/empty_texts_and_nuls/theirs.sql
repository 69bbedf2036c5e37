UPDATE notes SET text = 'w' WHERE name = 'a' || char(0) || 'b';
INSERT INTO notes VALUES ('a' || char(0), 'new');
