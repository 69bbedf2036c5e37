"""A command that is forked is the command: the same answer, code, folder, environment and errors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.companions import Device, World, clean_environment
from tests.starting import Starter


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Device:
    return World(tmp_path_factory.mktemp("world")).device("laptop")


@pytest.fixture(scope="module")
def starter() -> Iterator[Starter]:
    with Starter() as found:
        yield found


@pytest.mark.parametrize("words", [("status", "--json"), ("path",), ("forget", "nothing-1"), ("sink",)])
def test_a_forked_command_ends_like_the_installed_one(
    laptop: Device, starter: Starter, words: tuple[str, ...]
) -> None:
    forked = starter.run(words, where=laptop.directory, environment=clean_environment(laptop.world.home))
    assert forked == laptop.run(*words, code=None)


def test_a_forked_command_leaves_nothing_to_the_next(
    laptop: Device, starter: Starter, tmp_path: Path
) -> None:
    environment = clean_environment(laptop.world.home)
    before = starter.run(("status",), where=laptop.directory, environment=environment)
    refused = starter.run(("status",), where=tmp_path, environment={**environment, "HOME": "/nowhere"})
    assert refused.code == 2 and "error: " in refused.err
    assert starter.run(("status",), where=laptop.directory, environment=environment) == before


def test_a_forked_command_that_takes_too_long_is_killed(laptop: Device, starter: Starter) -> None:
    environment = clean_environment(laptop.world.home)
    ran = starter.run(("watch",), where=laptop.directory, environment=environment, timeout=0.2)
    assert ran.code == -9
    assert starter.run(("--version",), where=laptop.directory, environment=environment).code == 0
