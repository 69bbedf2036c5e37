UPDATE notes SET text = 'c';
