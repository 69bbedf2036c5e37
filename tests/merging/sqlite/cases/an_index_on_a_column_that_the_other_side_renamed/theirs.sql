CREATE INDEX by_mood ON people (mood);
