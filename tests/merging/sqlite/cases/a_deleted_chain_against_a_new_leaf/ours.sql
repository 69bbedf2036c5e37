DELETE FROM books;
DELETE FROM authors WHERE id = 1;
