INSERT INTO notes VALUES (3, 'green shoe');
