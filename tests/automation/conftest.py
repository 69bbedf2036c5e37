"""A laptop with hooks and a jetson without, level with each other; each test has a copy of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.automation.hooked import Laptop, copied, counting_program
from tests.automation.scheduled import Unattended, unattended
from tests.companions import World


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("hooked"))
    laptop, jetson = world.pair()
    laptop.say("first")
    laptop.sync()
    jetson.sync()
    laptop.sync()
    return world


@pytest.fixture
def laptop(template: World, tmp_path: Path) -> Laptop:
    """With hooks whose every start of waifusync is counted."""
    world = copied(template, tmp_path / "world")
    program = counting_program(world)
    laptop = Laptop(world, "laptop", world.folder / "laptop", program)
    laptop.call("hooks", "install")
    return laptop


@pytest.fixture
def bare_laptop(template: World, tmp_path: Path) -> Laptop:
    """Before `hooks install`."""
    world = copied(template, tmp_path / "world")
    return Laptop(world, "laptop", world.folder / "laptop", counting_program(world))


@pytest.fixture
def alone(template: World, tmp_path: Path) -> Unattended:
    """The laptop as a device that nobody watches."""
    return unattended(copied(template, tmp_path / "world"), "laptop")


@pytest.fixture
def world(template: World, tmp_path: Path) -> World:
    return copied(template, tmp_path / "world")
