INSERT INTO codes VALUES (NULL, 'x'), (NULL, 'z'), (NULL, NULL);
