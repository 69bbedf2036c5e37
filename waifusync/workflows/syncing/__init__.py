"""What every sync is made of: mending, collecting, accepting, one commit, pushing, and what is said of it."""
