UPDATE vectors SET model = 'e' WHERE hash = x'0000';
INSERT INTO vectors VALUES ('ff', 'd'), (x'ff', 'd');
