UPDATE people SET mood = 'glad', updated_at = '2026-03-03' WHERE id = 1;
