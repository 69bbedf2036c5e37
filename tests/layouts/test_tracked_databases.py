"""Repositories whose people track memory.db themselves: how they come in."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.companions import Device, World, assert_same
from tests.layouts.conftest import SNAPSHOT, assert_well, by_hand, shown, snapshot


def _repository(world: World, path: str) -> Path:
    folder = world.folder / "laptop"
    world.git(world.folder, "init", "-q", "-b", "main", str(folder))
    (folder / path).parent.mkdir(exist_ok=True)
    by_hand(folder / path, "CREATE TABLE memories (id INTEGER PRIMARY KEY, user_input TEXT, mood TEXT)")
    for text in ("old", "older", "oldest"):
        by_hand(folder / path, "INSERT INTO memories (user_input, mood) VALUES (?, 'calm')", (text,))
    world.git(folder, "add", ".")
    world.git(folder, "commit", "-q", "-m", "as it was always done")
    return folder


@pytest.mark.parametrize("layout", ["log", "database"])
@pytest.mark.parametrize("path", [SNAPSHOT, "shared_memory.db"])
def test_the_rows_of_a_tracked_database_come_in_whatever_the_layout(
    world: World, layout: str, path: str
) -> None:
    """It becomes the snapshot, or leaves git; a file of another name stays the person's."""
    folder = _repository(world, path)
    done = world.run("init", str(folder), "--device", "laptop", "--layout", layout)
    assert f"{path} was in git already: 3 rows taken in" in done.err
    assert f"git show COMMIT:{path} > FILE.db, then waifusync import FILE.db" in done.err
    laptop = Device(world, "laptop", folder)
    world.devices["laptop"] = laptop
    laptop.git("remote", "add", "origin", str(world.remote))
    laptop.sync()
    assert laptop.said() == ["old", "older", "oldest"]
    assert laptop.git("status", "--porcelain") == ""
    assert (laptop.git("ls-files", SNAPSHOT) != "") == (layout == "database")
    assert (folder / SNAPSHOT).is_symlink() == (layout == "log")
    assert (laptop.git("ls-files", "shared_memory.db") != "") == (path == "shared_memory.db")
    jetson = world.device("jetson")
    world.settle(jetson, laptop)
    assert jetson.said() == laptop.said()
    assert_same(laptop, jetson)
    if layout == "database":
        assert_well(laptop, jetson)
        assert by_hand(snapshot(jetson), "SELECT DISTINCT mood FROM memories") == [("calm",)]


@pytest.mark.parametrize("layout", ["log", "database"])
def test_what_a_program_has_not_written_to_the_file_yet_comes_too(world: World, layout: str) -> None:
    """T2: rows in a -wal; the file itself is as it was committed."""
    folder = _repository(world, SNAPSHOT)
    with closing(sqlite3.connect(folder / SNAPSHOT)) as program:
        program.execute("PRAGMA journal_mode=WAL")
    world.git(folder, "commit", "-q", "-a", "-m", "another journal")
    with closing(sqlite3.connect(folder / SNAPSHOT)) as program:
        program.execute("INSERT INTO memories (user_input) VALUES ('in the wal')")
        program.commit()
        world.run("init", str(folder), "--device", "laptop", "--layout", layout)
    laptop = Device(world, "laptop", folder)
    laptop.run("commit")
    assert laptop.said() == ["in the wal", "old", "older", "oldest"]


def test_an_edit_that_is_not_committed_is_not_taken_away(world: World) -> None:
    """T6: asked to go out of git, a changed file stays until somebody says what to do with it."""
    folder = _repository(world, SNAPSHOT)
    by_hand(folder / SNAPSHOT, "INSERT INTO memories (user_input) VALUES ('not committed')")
    refused = world.run("init", str(folder), "--device", "laptop", code=3)
    assert SNAPSHOT in refused.err and "commit them or move them aside" in refused.err
    assert "not committed" in shown(folder / SNAPSHOT)
    world.git(folder, "commit", "-q", "-a", "-m", "now it is")
    world.run("init", str(folder), "--device", "laptop")
    assert Device(world, "laptop", folder).said() == ["not committed", "old", "older", "oldest"]
