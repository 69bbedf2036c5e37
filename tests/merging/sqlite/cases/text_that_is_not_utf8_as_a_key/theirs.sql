UPDATE notes SET mark = 'd';
