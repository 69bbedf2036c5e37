INSERT INTO a VALUES ('r', 'ours');
INSERT INTO b VALUES ('r', 'o', 'ours');
