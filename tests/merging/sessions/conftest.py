"""A repository that git merges in, with the drivers registered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.companions import World
from tests.merging.drivers.repository import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository.begin(World(tmp_path))
    made.run("drivers", "install")
    return made
