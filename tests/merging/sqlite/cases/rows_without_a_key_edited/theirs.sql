UPDATE diary SET mood = 'wet' WHERE line = 'sun';
