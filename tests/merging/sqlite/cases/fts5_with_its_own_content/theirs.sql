INSERT INTO notes VALUES ('d', 'green shoe');
UPDATE notes SET text = 'navy hat' WHERE title = 'b';
