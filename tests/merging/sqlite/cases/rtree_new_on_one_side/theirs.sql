CREATE VIRTUAL TABLE boxes USING rtree (id, low, high);
INSERT INTO boxes VALUES (1, 0, 10);
