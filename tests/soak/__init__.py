"""Programs of all kinds that write, for as long as one likes, beside syncing and somebody's git."""
