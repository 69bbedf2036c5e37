CREATE TABLE teams (id INTEGER PRIMARY KEY, name TEXT, captain INTEGER REFERENCES players (id));
CREATE TABLE players (id INTEGER PRIMARY KEY, name TEXT, team INTEGER REFERENCES teams (id));
INSERT INTO teams VALUES (1, 'Reds', 1);
INSERT INTO players VALUES (1, 'Ann', 1);
