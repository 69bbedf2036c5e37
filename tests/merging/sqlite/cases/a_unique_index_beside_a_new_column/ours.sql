INSERT INTO codes VALUES ('b', 'bread');
UPDATE codes SET what = 'pear' WHERE code = 'a';
