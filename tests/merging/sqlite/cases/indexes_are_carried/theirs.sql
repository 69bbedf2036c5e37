INSERT INTO people VALUES (3, 'Dee', 'new');
CREATE INDEX by_mood ON people (mood) WHERE mood IS NOT NULL;
CREATE INDEX by_upper ON people (upper(name));
CREATE INDEX by_name ON people (name);
