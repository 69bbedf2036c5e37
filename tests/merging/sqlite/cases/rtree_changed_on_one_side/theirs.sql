INSERT INTO people VALUES (3, 'Dee', 'new');
INSERT INTO boxes VALUES (3, 30, 40);
