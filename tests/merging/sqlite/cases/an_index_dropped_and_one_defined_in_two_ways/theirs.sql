DROP INDEX by_mood;
CREATE INDEX by_mood ON people (mood, name);
