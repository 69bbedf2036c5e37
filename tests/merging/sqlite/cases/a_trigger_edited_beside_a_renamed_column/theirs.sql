DROP TRIGGER felt;
CREATE TRIGGER felt AFTER UPDATE OF mood ON people
WHEN old.mood IS NOT new.mood BEGIN INSERT INTO log VALUES ('mood: ' || new.mood); END;
