"""The devices' logs and vector files: append, read, verify."""
