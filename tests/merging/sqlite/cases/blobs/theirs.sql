UPDATE faces SET face = x'00ff02' WHERE id = 1;
UPDATE faces SET face = x'74657874' WHERE id = 3;
UPDATE faces SET face = '' WHERE id = 2;
