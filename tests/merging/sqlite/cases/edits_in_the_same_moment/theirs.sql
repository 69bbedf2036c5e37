UPDATE people SET mood = 'sad', updated_at = '2026-03-03' WHERE id = 1;
