"""The verbs about memories, through the installed command and real git."""
