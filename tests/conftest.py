"""What every test shares: laws are tried without a time limit, because a busy machine is not a bug."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("waifusync", deadline=None, print_blob=True)
settings.load_profile("waifusync")
