UPDATE notes SET text = CAST(x'ff42' AS TEXT);
