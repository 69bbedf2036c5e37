UPDATE codes SET what = 'ale' WHERE id = 1;
