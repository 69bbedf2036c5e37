UPDATE notes SET text = '' WHERE name = '';
UPDATE notes SET text = 'z' || char(0) WHERE name = 'a';
