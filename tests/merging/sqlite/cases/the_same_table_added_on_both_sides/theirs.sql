create table "hats"(ID integer primary key, hat text -- on the head
);
INSERT INTO hats VALUES (1, 'crown'), (2, 'veil');
