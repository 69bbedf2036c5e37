"""A sync by the clock: what systemd or cron is told, and what a run finds when they start it."""
