CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mood TEXT, updated_at TEXT);
INSERT INTO people VALUES (1, 'Ann', 'calm', '2026-01-01'), (2, 'Bob', 'calm', '2026-01-01');
