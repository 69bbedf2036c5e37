"""Conversations with a local model: Ollama, transcripts, context tokens, hand-off and device notes."""
