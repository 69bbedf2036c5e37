"""The bench: how fast waifusync is beside what else a person could use. docs/performance.md explains it."""
