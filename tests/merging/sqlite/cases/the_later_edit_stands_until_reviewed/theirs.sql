UPDATE people SET mood = 'sad', updated_at = '2026-02-02' WHERE id = 1;
