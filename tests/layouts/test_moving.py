"""`waifusync layout`: to the other layout and back, with other devices at work meanwhile."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.companions import INSTALLED, Device, World, assert_same, clean_environment
from tests.crashing.fates import Fate, How, meet
from tests.crashing.stopping import why_not
from tests.layouts.conftest import SNAPSHOT, by_hand, shown, snapshot


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Programs write where `waifusync path` says, whatever the layout; the companion begins with logs."""
    world = World(tmp_path, "database")
    world.device("laptop", "--layout", "log")
    return world


def _tracked(device: Device) -> set[str]:
    files = device.git("ls-tree", "-r", "--name-only", "HEAD", "shared_memory").splitlines()
    return {file.split("/")[1] for file in files}


def test_to_and_fro_with_unsent_work_on_two_devices_loses_nothing(world: World) -> None:
    """T16: a change is one commit; the digest stays, all verifies, the others follow by themselves."""
    laptop, jetson = world.devices["laptop"], world.device("jetson")
    for layout, other in (("database", "log"), ("log", "vectors"), ("database", "log")):
        for device in (laptop, jetson):
            device.say(f"{device.name}, before {layout}")
        jetson.run("commit")
        digest, before = laptop.digest(), laptop.git("rev-list", "--count", "HEAD")
        laptop.run("layout", layout)
        assert int(laptop.git("rev-list", "--count", "HEAD")) == int(before) + 1
        assert laptop.digest() == digest
        assert ("memory.db" in _tracked(laptop)) == (layout == "database")
        assert other not in _tracked(laptop)
        jetson.say(f"jetson, during {layout}")
        world.settle(laptop, jetson)
        for device in (laptop, jetson):
            assert json.loads(device.run("layout", "--json").out)["layout"] == layout
            assert device.run("verify", "--json").json["ok"]
            assert device.git("status", "--porcelain") == ""
            assert (device.directory / SNAPSHOT).is_symlink() == (layout == "log")
        assert_same(laptop, jetson)
    assert len(laptop.said()) == 9
    assert shown(snapshot(laptop)) == laptop.said()


def test_a_file_of_settings_changed_by_hand_is_followed_when_it_is_committed(world: World) -> None:
    """Not before: an edit that nobody committed is nobody's decision yet."""
    laptop = world.devices["laptop"]
    laptop.say("one")
    laptop.sync()
    file = laptop.directory / "waifusync.toml"
    file.write_text(file.read_text().replace('layout = "log"', 'layout = "database"'))
    laptop.sync()
    assert "memory.db" not in _tracked(laptop)
    laptop.git("commit", "-q", "-a", "-m", "memory.db in git")
    laptop.sync()
    assert _tracked(laptop) == {"devices", "memory.db"}
    assert shown(snapshot(laptop)) == ["one"]
    assert laptop.git("check-ignore", SNAPSHOT, check=False) == ""
    assert laptop.git("status", "--porcelain") == ""


def test_settings_that_were_edited_and_not_committed_are_not_written_over(world: World) -> None:
    laptop = world.devices["laptop"]
    file = laptop.directory / "waifusync.toml"
    file.write_text(file.read_text() + "# a note\n")
    refused = laptop.run("layout", "database", code=3)
    assert "waifusync.toml was edited and not committed" in refused.err
    assert file.read_text().endswith("# a note\n")


def test_a_waifusync_that_does_not_know_a_layout_refuses_and_leaves_everything(world: World) -> None:
    """T16: an older one meets what a newer one wrote."""
    laptop = world.devices["laptop"]
    file = laptop.directory / "waifusync.toml"
    file.write_text(file.read_text().replace('layout = "log"', 'layout = "graph"'))
    before = laptop.head()
    refused = laptop.run("sync", code=2)
    assert "layout: unknown layout 'graph'" in refused.err and "upgrade" in refused.err
    assert laptop.head() == before


def test_a_program_goes_on_writing_while_the_layout_changes(world: World) -> None:
    """T2: its connection was opened by way of the link, and stays good."""
    laptop, jetson = world.devices["laptop"], world.device("jetson")
    laptop.git("status")
    with closing(sqlite3.connect(laptop.directory / SNAPSHOT, isolation_level=None)) as program:
        program.execute("INSERT INTO memories (user_input) VALUES ('before')")
        laptop.run("layout", "database")
        program.execute("INSERT INTO memories (user_input) VALUES ('after')")
        laptop.sync()
        laptop.run("layout", "log")
        program.execute("INSERT INTO memories (user_input) VALUES ('and back')")
    world.settle(laptop, jetson)
    assert laptop.said() == jetson.said() == ["after", "and back", "before"]
    assert by_hand(laptop.directory / SNAPSHOT, "PRAGMA integrity_check") == [("ok",)]


def test_the_same_history_has_the_same_digest_in_both_layouts(world: World, tmp_path: Path) -> None:
    """T27: exported from a companion of logs, imported into one of the other layout, through git."""
    laptop, jetson = world.devices["laptop"], world.device("jetson")
    for device in (laptop, jetson):
        device.say(*(f"{device.name} {number}" for number in range(5)))
    world.settle(laptop, jetson)
    laptop.sql("DELETE FROM memories WHERE user_input = 'jetson 3'")
    laptop.sql("UPDATE memories SET ai_response = 'edited'")
    digest = laptop.digest()
    laptop.run("export", str(tmp_path / "all.jsonl"))
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    other = World(folder, "database")
    tablet = other.device("tablet")
    tablet.run("import", str(tmp_path / "all.jsonl"))
    tablet.sync()
    phone = other.device("phone")
    assert tablet.digest() == phone.digest() == digest
    assert shown(snapshot(phone)) == laptop.said()


@pytest.mark.parametrize(("before", "after"), [("log", "database"), ("database", "log")])
def test_a_change_that_was_killed_before_the_branch_moved_leaves_nothing_staged(
    world: World, before: str, after: str
) -> None:
    """T5, T20: the files of the new layout stood in the index and in the work tree, and no ref led there."""
    laptop = world.device("laptop")
    laptop.run("layout", before)
    laptop.say("there")
    laptop.run("push")
    stood = laptop.head()
    laptop.run("layout", after)
    (laptop.directory / ".git/waifusync/showing").write_text(laptop.head())
    for ref in ("refs/heads/main", "refs/waifusync/held"):
        laptop.git("update-ref", ref, stood)
    assert laptop.git("status", "--porcelain") != ""
    laptop.run("sync")
    assert laptop.git("status", "--porcelain") == ""
    assert laptop.said() == ["there"] and laptop.head() == stood
    laptop.run("verify")


@pytest.mark.skipif(why_not() is not None, reason=why_not() or "")
@pytest.mark.parametrize("how", [How.FAILING, How.POWER])
def test_a_change_that_was_stopped_while_git_wrote_the_settings_is_done_by_the_same_words(
    world: World, how: How
) -> None:
    """T20: T14: T5: waifusync.toml was empty, and no command could read it or tell it from an edit.

    A disk that refuses is told as that: not as a layout that was changed."""
    laptop = world.devices["laptop"]
    laptop.say("there")
    laptop.run("commit")

    def change() -> int:
        os.chdir(laptop.directory)
        os.dup2(os.open(os.devnull, os.O_RDWR), 2)
        os.execve(INSTALLED, [str(INSTALLED), "layout", "database"], clean_environment(world.home))

    met = meet(change, f"{world.folder}{os.sep}", Fate(3, how, "/waifusync.toml"))
    assert (met.met, met.status) == ("write laptop/waifusync.toml", 3 if how is How.FAILING else -9)
    assert (laptop.directory / "waifusync.toml").read_text() == ""
    laptop.run("layout", "database")
    assert json.loads(laptop.run("layout", "--json").out)["layout"] == "database"
    assert laptop.git("status", "--porcelain") == ""
    assert laptop.said() == ["there"] == shown(snapshot(laptop))
    laptop.run("verify")


def test_half_a_snapshot_that_git_was_writing_is_nobodys_edit(world: World) -> None:
    """T20: T14: T5: the disk refused the rest of it; it was kept aside as a damaged database."""
    laptop = world.devices["laptop"]
    laptop.run("layout", "database")
    laptop.say("there")
    laptop.run("commit")
    stood = laptop.head()
    laptop.say("new")
    laptop.run("commit")
    new = snapshot(laptop).read_bytes()
    (laptop.directory / ".git/waifusync/showing").write_text(laptop.head())
    laptop.git("reset", "-q", "--hard", stood)
    snapshot(laptop).write_bytes(new[: len(new) // 2])
    assert "kept as" not in laptop.run("sync").err
    assert not (laptop.directory / ".git/waifusync/aside").exists()
    assert shown(snapshot(laptop)) == laptop.said() == ["new", "there"]
    assert laptop.git("status", "--porcelain") == ""
