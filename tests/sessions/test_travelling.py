"""A device's session files go with its commits, and nothing that git commands do takes from them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.companions import BOTH_LAYOUTS, Device, World
from tests.sessions.worlds import message, session

CONTEXT_TOKENS = "shared_memory/context_tokens"


@pytest.fixture
def world(tmp_path: Path, layout: str) -> World:
    return World(tmp_path, layout)


def _write(device: Device, *turns: str, number: int = 1) -> str:
    """As a session of this device lies there; returns its path in the repository."""
    name = f"{device.folder}_session_{number:03}"
    value: dict[str, Any] = dict(session(name, *(message(each) for each in turns)).value)
    folder = device.directory / ".git/waifusync/sessions"
    folder.mkdir(exist_ok=True)
    new = folder / "new"
    new.write_text(json.dumps(value))
    new.replace(folder / f"{name}.json")
    return f"{CONTEXT_TOKENS}/{name}.json"


def _turns(device: Device, path: str) -> list[str]:
    found = json.loads((device.directory / path).read_text())
    return [each["id"] for each in found["messages"]]


@BOTH_LAYOUTS
def test_a_session_travels_and_goes_on(world: World) -> None:
    laptop, jetson = world.pair()
    path = _write(laptop, "a")
    assert laptop.run("push").last_line == "Pushed 1 session."
    jetson.run("pull")
    assert _turns(jetson, path) == ["a"]
    _write(laptop, "a", "b")
    assert laptop.run("commit").last_line == "Committed 1 session."
    other = _write(jetson, "c")
    jetson.say("meanwhile")
    jetson.run("push")
    laptop.run("sync")
    jetson.run("pull")
    for device in (laptop, jetson):
        assert _turns(device, path) == ["a", "b"]
        assert _turns(device, other) == ["c"]
        assert device.git("status", "--porcelain") == ""


def test_nothing_new_makes_no_commit(world: World) -> None:
    """T9"""
    laptop, jetson = world.pair()
    _write(laptop, "a")
    world.settle(laptop, jetson)
    before = world.commits()
    world.settle(laptop, jetson, rounds=3)
    assert world.commits() == before
    assert laptop.run("commit").last_line == "Nothing new to commit."


def test_status_says_that_a_session_went_on(world: World) -> None:
    laptop = world.device("laptop")
    _write(laptop, "a")
    laptop.run("push")
    assert laptop.run("status", "--json").json["next"] is None
    _write(laptop, "a", "b")
    ran = laptop.run("status")
    assert "to send: what was said in sessions since the last commit" in ran.out
    assert ran.last_line == "next: waifusync sync"
    laptop.run("push")
    assert laptop.run("status", "--json").json["next"] is None


def test_an_older_file_put_back_by_git_is_not_committed_over_the_newer(world: World) -> None:
    """T6"""
    laptop = world.device("laptop")
    path = _write(laptop, "a")
    laptop.run("push")
    _write(laptop, "a", "b")
    laptop.run("push")
    laptop.git("checkout", "-q", "HEAD~1", "--", path)
    assert _turns(laptop, path) == ["a"]
    laptop.run("sync")
    assert '"b"' in world.git(world.remote, "show", f"main:{path}")
    laptop.git("reset", "-q", "--hard", "HEAD~1")
    laptop.run("sync")
    assert _turns(laptop, path) == ["a", "b"]


def test_a_file_written_while_the_branch_moves_stops_nothing(world: World) -> None:
    laptop = world.device("laptop")
    path = _write(laptop, "a")
    laptop.run("push")
    (laptop.directory / path).write_text("half of what a chat is about to write")
    _write(laptop, "a", "b")
    ran = laptop.run("push")
    assert "warning" not in ran.err
    assert _turns(laptop, path) == ["a", "b"]


def test_a_copied_card_tells_its_sessions_again_under_its_new_name(world: World) -> None:
    """T22"""
    laptop, _ = world.pair()
    path = _write(laptop, "a")
    laptop.run("push")
    twin = Device(world, "laptop", world.folder / "twin")
    shutil.copytree(laptop.directory, twin.directory, symlinks=True)
    _write(laptop, "a", "b")
    laptop.say("here")
    laptop.run("push")
    _write(twin, "a", "x")
    twin.say("there")
    twin.run("sync")
    twin.run("sync")
    assert twin.folder != laptop.folder
    laptop.run("sync")
    assert _turns(laptop, path) == ["a", "b"]
    assert _turns(laptop, f"{CONTEXT_TOKENS}/{twin.folder}_session_001.json") == ["a", "x"]
