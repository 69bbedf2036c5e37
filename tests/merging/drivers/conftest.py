"""A repository with a database in it, with the drivers and without."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.companions import World
from tests.merging.drivers.repository import Repository


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def unregistered(world: World) -> Repository:
    """One commit, and nothing registered."""
    return Repository.begin(world)


@pytest.fixture
def repository(unregistered: Repository) -> Repository:
    """One commit, and the drivers registered."""
    unregistered.run("drivers", "install")
    return unregistered
