"""A run that ended between the live database and the refs: what it took in does not go with its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.companions import BOTH_LAYOUTS, Device, World, assert_same


class Cut:
    """While it lasts, no run here gets further than the live database: the ref it moves next is locked."""

    def __init__(self, device: Device, ref: str = "waifusync/held") -> None:
        self._lock = device.directory / f".git/refs/{ref}.lock"

    def __enter__(self) -> None:
        self._lock.touch()

    def __exit__(self, *_: object) -> None:
        self._lock.unlink()


@pytest.fixture
def pair(world: World) -> tuple[Device, Device]:
    return world.pair()


@BOTH_LAYOUTS
def test_an_import_that_was_cut_short_is_finished_by_the_next_run_without_the_file(
    world: World, pair: tuple[Device, Device]
) -> None:
    """T20: the device that wrote the lines, and the file that brought them, are both gone."""
    laptop, jetson = pair
    jetson.say("said before the card died")
    exported = world.folder / "exported.jsonl"
    jetson.run("export", str(exported))
    with Cut(laptop):
        assert laptop.run("import", str(exported), code=None).code != 0
    assert "said before the card died" in laptop.said()
    exported.unlink()
    laptop.run("verify")
    assert laptop.sync().err == ""
    laptop.run("verify")
    third = world.device("third")
    assert third.said() == ["said before the card died"]
    assert_same(laptop, third)


@BOTH_LAYOUTS
def test_a_pull_that_was_cut_short_leaves_nothing_to_complain_of_while_the_remote_is_away(
    world: World, pair: tuple[Device, Device]
) -> None:
    """T20: T28: what was fetched is all here."""
    laptop, jetson = pair
    jetson.say("from the jetson")
    jetson.sync()
    with Cut(laptop):
        assert laptop.run("pull", code=None).code != 0
    away = world.remote.rename(world.folder / "away.git")
    laptop.say("from the laptop")
    done = laptop.run("commit")
    assert done.err == ""
    laptop.run("verify")
    Path(away).rename(world.remote)
    for device in (laptop, jetson, laptop):
        device.sync()
    assert_same(laptop, jetson)
    assert laptop.said() == ["from the jetson", "from the laptop"]


@BOTH_LAYOUTS
def test_a_commit_of_the_person_after_a_pull_that_was_cut_short_makes_no_log_look_short(
    pair: tuple[Device, Device],
) -> None:
    """T20: the branch has less than the live database took in, and is looked at first."""
    laptop, jetson = pair
    jetson.say("from the jetson")
    jetson.sync()
    with Cut(laptop):
        assert laptop.run("pull", code=None).code != 0
    laptop.git("reset", "-q", "--hard")
    laptop.git("commit", "-q", "--allow-empty", "-m", "mine")
    assert laptop.sync().err == ""
    jetson.sync()
    assert_same(laptop, jetson)


@BOTH_LAYOUTS
def test_a_branch_that_another_git_holds_is_left_where_it_is_and_the_memories_go_on(
    pair: tuple[Device, Device],
) -> None:
    """T12: a person's commit may come between what is shown and the branch."""
    laptop, jetson = pair
    jetson.say("from the jetson")
    jetson.sync()
    laptop.say("from the laptop")
    with Cut(laptop, "heads/main"):
        done = laptop.sync()
    assert "the branch was left where it is (another git program is at work)" in done.err
    assert laptop.git("status", "--porcelain") == ""
    jetson.sync()
    assert jetson.said() == ["from the jetson", "from the laptop"]
    laptop.git("commit", "-q", "--allow-empty", "-m", "mine")
    assert "warning" not in laptop.sync().err
    jetson.sync()
    assert_same(laptop, jetson)


def test_what_was_being_taken_in_and_is_gone_is_told_once(pair: tuple[Device, Device]) -> None:
    """T20: a power cut that took the objects, but not the ref."""
    laptop, _ = pair
    (laptop.directory / ".git/refs/waifusync/taking").write_text("1" * 40 + "\n")
    assert "cannot be read any more" in laptop.run("sync").err
    assert laptop.run("sync").err == ""
