INSERT INTO people VALUES (3, 'Dee', 'new');
INSERT INTO facts VALUES (2, 'Dee swims', 3), (3, 'Ann sleeps', 1), (4, 'nobody knows', NULL);
