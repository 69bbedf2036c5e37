CREATE UNIQUE INDEX one_name ON people (name);
