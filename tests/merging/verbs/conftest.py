"""Three versions of one database, in a folder without git."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.companions import World
from tests.merging.drivers.repository import Repository


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def folder(world: World) -> Repository:
    """base.db, ours.db and theirs.db; `run` runs waifusync beside them."""
    made = Repository(world, "folder")
    made.directory.mkdir()
    for name, rows in (("base", {}), ("ours", {"mine": "2"}), ("theirs", {"yours": "3"})):
        made.write(f"{name}.db", first="one", **rows)
    return made
