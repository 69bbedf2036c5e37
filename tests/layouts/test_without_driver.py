"""What git makes of one file that every device rewrites, where nothing of ours is set up to merge it."""

from __future__ import annotations

import pytest

from tests.companions import Device, World, assert_same
from tests.layouts.conftest import SNAPSHOT, assert_well, by_hand, shown, snapshot


def _apart(world: World) -> tuple[Device, Device]:
    """Both committed something; the jetson's is on the remote."""
    laptop, jetson = world.pair()
    jetson.say("of the jetson")
    jetson.sync()
    laptop.say("of the laptop")
    laptop.run("commit")
    _unset_drivers(laptop)
    return laptop, jetson


def _unset_drivers(device: Device) -> None:
    """As in a clone that nobody set up."""
    for name in device.git("config", "--local", "--name-only", "--list").splitlines():
        if name.startswith("merge.waifusync"):
            device.git("config", "--local", "--unset-all", name, check=False)


BOTH = ["of the jetson", "of the laptop"]


@pytest.mark.parametrize("side", ["--ours", "--theirs"])
def test_a_side_chosen_by_hand_and_pushed_loses_nothing_even_for_who_joins_first(
    world: World, side: str
) -> None:
    """T1: both sides are in the history, and the first waifusync command unites them."""
    laptop, jetson = world.scene(_apart)
    laptop.git("pull", "-q", "--no-rebase", "--no-edit", check=False)
    laptop.git("checkout", side, "--", SNAPSHOT)
    laptop.git("add", SNAPSHOT)
    laptop.git("commit", "-q", "--no-edit")
    laptop.git("push", "-q", "origin", "main")
    tablet = world.device("tablet")
    assert tablet.said() == BOTH
    told = tablet.run("sync")
    assert "Pushed" in told.out or "Nothing" in told.out
    world.settle(jetson, laptop, tablet)
    assert_same(laptop, jetson, tablet)
    assert_well(laptop, jetson, tablet)


def test_a_merge_that_stopped_is_finished_and_said(world: World) -> None:
    """T5: nothing is left of it, neither in the index nor in .git."""
    laptop, jetson = world.scene(_apart)
    laptop.git("pull", "-q", "--no-rebase", "--no-edit", check=False)
    assert (laptop.directory / ".git/MERGE_HEAD").exists()
    assert laptop.git("ls-files", "-u")
    told = laptop.sync()
    assert f"repaired: a merge had stopped at {SNAPSHOT}: it is done" in told.err
    assert not (laptop.directory / ".git/MERGE_HEAD").exists()
    assert laptop.git("ls-files", "-u") == ""
    jetson.sync()
    assert laptop.said() == jetson.said() == BOTH
    assert_same(laptop, jetson)
    assert_well(laptop, jetson)


def test_a_merge_that_stopped_is_united_without_the_remote_too(world: World) -> None:
    """T28: both versions are in the index, which is enough."""
    laptop, jetson = world.scene(_apart)
    laptop.git("pull", "-q", "--no-rebase", "--no-edit", check=False)
    laptop.run("commit")
    assert laptop.said() == BOTH
    assert shown(snapshot(laptop)) == BOTH
    laptop.git("commit", "-q", "--no-edit", check=False)
    laptop.sync()
    jetson.sync()
    assert_same(laptop, jetson)
    assert_well(laptop, jetson)


def test_a_merge_that_stopped_at_a_persons_file_too_is_left_to_them(world: World) -> None:
    """T5: memories go on, and what a person has to decide stays undecided."""
    laptop, jetson = world.pair()
    for device in (jetson, laptop):
        device.say(f"of the {device.name}")
        (device.directory / "notes.md").write_text(f"of the {device.name}\n")
        device.git("add", "notes.md")
        device.git("commit", "-q", "-m", "notes")
        device.run("sync" if device is jetson else "commit")
    _unset_drivers(laptop)
    laptop.git("pull", "-q", "--no-rebase", "--no-edit", check=False)
    told = laptop.run("sync", code=1)
    assert "notes.md" in told.err
    assert (laptop.directory / ".git/MERGE_HEAD").exists()
    jetson.sync()
    assert laptop.said() == jetson.said() == BOTH
    (laptop.directory / "notes.md").write_text("of both\n")
    laptop.git("add", "notes.md", SNAPSHOT)
    laptop.git("commit", "-q", "--no-edit")
    laptop.sync()
    jetson.sync()
    assert (jetson.directory / "notes.md").read_text() == "of both\n"
    assert_same(laptop, jetson)
    assert_well(laptop, jetson)


@pytest.mark.parametrize("finish", ["--skip", "--abort"])
def test_a_rebase_that_stopped_at_the_snapshot_is_left_and_the_memories_go_on(
    world: World, finish: str
) -> None:
    """T5: what is under dispute is taken in from the index; the rebase is the person's."""
    laptop, jetson = world.scene(_apart)
    laptop.git("pull", "-q", "--rebase", check=False)
    assert (laptop.directory / ".git/rebase-merge").exists()
    laptop.sync()
    assert (laptop.directory / ".git/rebase-merge").exists()
    jetson.sync()
    assert jetson.said() == laptop.said() == BOTH
    laptop.git("rebase", finish)
    laptop.sync()
    jetson.sync()
    assert_same(laptop, jetson)
    assert_well(laptop, jetson)


def test_a_snapshot_staged_from_another_device_is_taken_in_with_all_it_carries(world: World) -> None:
    """T6: carried over on a stick: no row of it is new by content, and what it carries is."""
    laptop, jetson = world.pair()
    jetson.say("never pushed")
    jetson.run("commit")
    snapshot(laptop).write_bytes(snapshot(jetson).read_bytes())
    laptop.git("add", SNAPSHOT)
    laptop.sync()
    assert laptop.said() == ["never pushed"]
    world.settle(jetson, laptop)
    assert_same(laptop, jetson)
    assert_well(laptop, jetson)


def test_a_snapshot_taken_out_of_git_comes_back(world: World) -> None:
    """T6: `git rm`, committed and pushed."""
    laptop, jetson = world.pair()
    laptop.say("one")
    laptop.sync()
    laptop.git("rm", "-q", SNAPSHOT)
    laptop.git("commit", "-q", "-m", "tidy")
    laptop.git("push", "-q", "origin", "main")
    jetson.sync()
    assert "had gone missing: put back" in laptop.sync().err
    world.settle(jetson, laptop)
    assert laptop.said() == jetson.said() == ["one"]
    assert by_hand(snapshot(jetson), "SELECT user_input FROM memories") == [("one",)]
    assert_well(laptop, jetson)
