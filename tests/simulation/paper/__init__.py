"""Devices on paper: trees of files are dictionaries, the fold is the database; all of it in milliseconds."""
