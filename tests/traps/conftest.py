"""How often the traps that are tried at random, or by repetition, are tried."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.companions import World


@pytest.fixture
def world(tmp_path: Path, layout: str) -> World:
    return World(tmp_path, layout)


@pytest.fixture
def is_long() -> bool:
    """WAIFUSYNC_LONG_TESTS=1: kills, races and cycles by the hundred instead of by the ten."""
    return os.environ.get("WAIFUSYNC_LONG_TESTS", "") not in ("", "0")
