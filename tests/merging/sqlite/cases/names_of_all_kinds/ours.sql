UPDATE "x""; DROP TABLE y; --" SET "select" = 'ours';
INSERT INTO "group" VALUES (2, 'Bob', 1);
INSERT INTO [white space] VALUES ('ours', 'b');
INSERT INTO `tick``ed` VALUES ('u');
INSERT INTO "ñandú 猫" VALUES ('ours');
INSERT INTO "%s" VALUES ('ours', 1, 2);
