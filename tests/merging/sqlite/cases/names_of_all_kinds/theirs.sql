UPDATE "x""; DROP TABLE y; --" SET " " = 'theirs', "x'y" = 'theirs';
INSERT INTO "group" VALUES (2, 'Cid', 2);
DELETE FROM [white space];
INSERT INTO `tick``ed` VALUES ('u');
INSERT INTO "ñandú 猫" VALUES ('theirs');
INSERT INTO "%s" VALUES ('theirs', 1, 2);
INSERT INTO y VALUES ('still here');
CREATE INDEX "in""dex" ON "group" ("from");
