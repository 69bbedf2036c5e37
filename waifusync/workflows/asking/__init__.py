"""Asking a model on the right device: a plan, the asking itself, what is kept of it, and what it taught."""
