INSERT INTO friends VALUES ('Ann', 'Dee');
DELETE FROM friends WHERE a = 'Bob';
