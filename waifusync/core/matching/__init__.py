"""Whether two texts say the same: exact answers, pure functions."""
