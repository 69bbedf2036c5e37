UPDATE notes SET text = CAST(x'ff43' AS TEXT);
