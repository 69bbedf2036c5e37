DELETE FROM facts; DELETE FROM people WHERE id = 2;
INSERT INTO people VALUES (2, 'Dee', 'old');
INSERT INTO facts VALUES (1, 'Dee swims', 2);
