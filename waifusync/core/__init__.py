"""The pure part: no files, no clock, no network, no chance."""
