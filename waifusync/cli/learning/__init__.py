"""The commands of what it learns."""
