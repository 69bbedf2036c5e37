"""Conversations: the sessions of all devices, going on with them, and talking."""
