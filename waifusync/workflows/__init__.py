"""One file per verb a person can ask for: computes a plan, then performs it."""
