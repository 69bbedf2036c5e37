UPDATE diary SET mood = 'dry' WHERE line = 'sun';
