"""What every test shares: laws are tried without a time limit, because a busy machine is not a bug.

Folders of tests lie in memory where there is room: on a disk, a third of all time is waiting for writes.
Nothing is lost: a process that is killed leaves in memory what it would have left on a disk.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from tests.forked import end_waiting
from tests.templates import remove_templates

# Compiling waifusync anew for each of some ten thousand processes would be half of the time of all tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 4 << 30


def _is_good(place: Path) -> bool:
    """With room, and where tests may start the programs that they write."""
    if not os.access(place, os.W_OK):
        return False
    facts = os.statvfs(place)
    return not facts.f_flag & os.ST_NOEXEC and facts.f_bavail * facts.f_frsize >= _ENOUGH_BYTES


if sys.platform == "linux" and _is_good(_MEMORY):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))
    tempfile.tempdir = str(_MEMORY)  # of tests alone: what they start finds its own

settings.register_profile("waifusync", deadline=None, print_blob=True)
settings.load_profile("waifusync")


@pytest.fixture
def layout(request: pytest.FixtureRequest) -> str:
    """What git keeps of a companion; see BOTH_LAYOUTS in tests/companions.py."""
    return str(getattr(request, "param", os.environ.get("WAIFUSYNC_TEST_LAYOUT", "log")))


def pytest_sessionfinish() -> None:
    end_waiting()
    remove_templates()
