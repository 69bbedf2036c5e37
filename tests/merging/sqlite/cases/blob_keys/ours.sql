UPDATE vectors SET model = 'c' WHERE hash = x'00';
INSERT INTO vectors VALUES (x'ff', 'd');
