UPDATE people SET mood = 'sad';
DELETE FROM profiles;
INSERT INTO people VALUES (2, 'Dan', 'calm');
