"""A laptop and a jetson that are level; each test gets a copy of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.automation.hooked import copied
from tests.companions import Device, World


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("doctor"))
    laptop, jetson = world.pair()
    laptop.say("one", "two", "three")
    jetson.say("four")
    world.settle(laptop, jetson)
    return world


@pytest.fixture
def laptop(template: World, tmp_path: Path) -> Device:
    return copied(template, tmp_path / "world").devices["laptop"]
