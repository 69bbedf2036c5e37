INSERT INTO slots VALUES (2, 'shoe'), (NULL, 'theirs');
UPDATE slots SET what = 'cap' WHERE id = 1;
