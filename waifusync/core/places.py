"""Places in a companion's repository that git's driver has to know too, which imports as little as it can."""

from __future__ import annotations

# In the layout `database`, the file that git tracks; in the layout `log`, an ignored link.
SNAPSHOT = "shared_memory/memory.db"
