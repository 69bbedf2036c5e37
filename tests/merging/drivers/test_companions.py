"""A companion's commands keep the drivers registered."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.companions import Device, World
from waifusync.repository.git import discover
from waifusync.workflows.driver_care import keep_registered

NAMES = ("waifusync-sqlite", "waifusync-vectors", "waifusync-session")


@pytest.fixture
def laptop(world: World) -> Device:
    return world.device("laptop")


def test_init_and_join_register_them_without_a_word(world: World) -> None:
    """T1"""
    for device in world.pair():
        for name in NAMES:
            assert "merge-driver" in device.git("config", f"merge.{name}.driver")
        assert "repaired" not in device.run("sync").err


GONE = "config merge.waifusync-sqlite.driver /gone"


@pytest.mark.parametrize(
    ("verb", "spoil"),
    [
        ("sync", GONE),
        ("push", GONE),
        ("pull", GONE),
        ("commit", GONE),
        ("sync", "config --remove-section merge.waifusync-session"),
        ("sync", "attributes"),
    ],
)
def test_every_command_that_commits_registers_them_again_and_says_so(
    laptop: Device, verb: str, spoil: str
) -> None:
    """T1: a config that was written over, and a command that is gone."""
    if spoil == "attributes":
        (laptop.directory / ".git/info/attributes").unlink()
    else:
        laptop.git(*spoil.split())
    assert "repaired: git did not know the drivers" in laptop.run(verb).err
    assert "repaired" not in laptop.run(verb).err
    assert "merge-driver" in laptop.git("config", "merge.waifusync-sqlite.driver")
    laptop.run("drivers", "check")


def test_a_person_who_took_them_out_is_not_argued_with(laptop: Device) -> None:
    laptop.run("drivers", "uninstall")
    assert "repaired" not in laptop.run("sync").err
    assert laptop.git("config", "merge.waifusync-sqlite.driver", check=False) == ""
    laptop.run("drivers", "install")
    laptop.git("config", "--remove-section", "merge.waifusync-sqlite")
    assert "repaired" in laptop.run("sync").err


def test_a_config_that_cannot_be_written_is_a_warning_and_stops_no_sync(laptop: Device) -> None:
    """T18"""
    laptop.git("config", "--remove-section", "merge.waifusync-sqlite")
    lock = laptop.directory / ".git/config.lock"
    lock.touch()
    laptop.say("hello")
    told = laptop.run("sync")
    assert "warning: git does not know the drivers that merge databases" in told.err
    assert "Pushed 1 change" in told.out


def test_a_companions_own_files_have_one_writer_and_no_driver(laptop: Device) -> None:
    """T9: whatever order the two blocks of attributes were written in."""
    laptop.run("drivers", "uninstall")
    laptop.run("drivers", "install")
    files = ["shared_memory/vectors/x/a.npy", "shared_memory/context_tokens/x.json", "experiments/x/a.db"]
    asked = laptop.git("check-attr", "merge", "--", *files, "mine.db").splitlines()
    values = [line.rpartition(": ")[2] for line in asked]
    assert values == ["unspecified", "unspecified", "unspecified", "waifusync-sqlite"]


def test_looking_whether_all_is_there_costs_less_than_a_millisecond(laptop: Device) -> None:
    git = discover(Path(laptop.directory))
    times = []
    for _ in range(50):
        began = time.process_time()
        assert keep_registered(git) is None
        times.append(time.process_time() - began)
    assert sorted(times)[len(times) // 2] < 0.001
