INSERT INTO notes VALUES ('d', 'green shoe');
