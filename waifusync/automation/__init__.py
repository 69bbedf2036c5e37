"""It runs by itself: watching, schedules, and telling about failures."""
