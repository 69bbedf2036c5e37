"""Waiting for changes here and on the remote: when to look, when to sync, and what to tell."""
