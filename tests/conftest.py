"""What every test shares: laws are tried without a time limit, because a busy machine is not a bug."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# Compiling waifusync anew for each of some ten thousand processes would be half of the time of all tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

settings.register_profile("waifusync", deadline=None, print_blob=True)
settings.load_profile("waifusync")


@pytest.fixture
def layout(request: pytest.FixtureRequest) -> str:
    """What git keeps of a companion; see BOTH_LAYOUTS in tests/companions.py."""
    return str(getattr(request, "param", os.environ.get("WAIFUSYNC_TEST_LAYOUT", "log")))
