"""git: commands, fetching and pushing, committing, locks."""
