DROP INDEX by_name;
DROP INDEX by_mood;
CREATE INDEX by_mood ON people (mood DESC);
