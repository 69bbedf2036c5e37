"""What `doctor` looks at, one file for each group of checks; checks.py lists them in their order."""
