"""Two snapshots into one, as git's merge driver does it: whole before any command of ours has run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.companions import Device, World, assert_same
from tests.layouts.conftest import assert_well, by_hand, shown, snapshot
from waifusync.memory.snapshot_reading import is_snapshot
from waifusync.workflows.layouts.uniting import CannotUnite, unite


def _apart(world: World, *, triggers: bool = True) -> tuple[Device, Device, Path]:
    laptop, jetson = world.scene(_went_on_beside_triggers if triggers else _went_on)
    return laptop, jetson, world.folder / "base.db"


def _went_on_beside_triggers(world: World) -> None:
    _went_on(world, triggers=True)


def _went_on(world: World, *, triggers: bool = False) -> None:
    """A base, and two that went on from it: rows added, edited and deleted, and children of new rows."""
    laptop, jetson = world.pair(children=True)
    laptop.sql("CREATE TABLE moods (name TEXT PRIMARY KEY, weight REAL)")
    laptop.sql("CREATE TABLE shouts (text TEXT)")
    if triggers:
        laptop.sql("CREATE TRIGGER shout AFTER INSERT ON memories BEGIN INSERT INTO shouts VALUES ('!'); END")
    laptop.say("kept", "edited here", "edited there", "deleted here", "deleted there")
    laptop.sql("INSERT INTO moods VALUES ('calm', 0.5)")
    world.settle(laptop, jetson)
    base = world.folder / "base.db"
    base.write_bytes(snapshot(laptop).read_bytes())
    for device, here in ((laptop, "here"), (jetson, "there")):
        device.say(f"new {here}")
        device.sql(
            "INSERT INTO facts (text, source_memory_id) SELECT ?, id FROM memories WHERE user_input = ?",
            (f"fact {here}", f"new {here}"),
        )
        device.sql("UPDATE memories SET ai_response = ? WHERE user_input = ?", (here, f"edited {here}"))
        device.sql("DELETE FROM memories WHERE user_input = ?", (f"deleted {here}",))
        device.sql("INSERT INTO moods VALUES (?, 1.0)", (here,))
        device.run("commit")


ALL = ["edited here", "edited there", "kept", "new here", "new there"]


def _assert_holds_both(file: Path) -> None:
    assert shown(file) == ALL
    answers = dict(by_hand(file, "SELECT user_input, ai_response FROM memories"))
    assert (answers["edited here"], answers["edited there"]) == ("here", "there")
    pairs = by_hand(
        file, "SELECT user_input, text FROM facts JOIN memories ON memories.id = source_memory_id"
    )
    assert sorted(pairs) == [("new here", "fact here"), ("new there", "fact there")]
    assert sorted(by_hand(file, "SELECT name FROM moods")) == [("calm",), ("here",), ("there",)]
    assert by_hand(file, "PRAGMA integrity_check") == [("ok",)]
    assert by_hand(file, "PRAGMA foreign_key_check") == []


def test_both_orders_hold_what_both_sides_hold_and_no_trigger_fired(world: World, tmp_path: Path) -> None:
    """T3: T24: numbers that both gave out are two rows, each with its own children."""
    laptop, jetson, base = _apart(world)
    shouts = len(by_hand(snapshot(laptop), "SELECT * FROM shouts"))
    for place, (ours, theirs) in enumerate(((laptop, jetson), (jetson, laptop))):
        out = tmp_path / f"united{place}.db"
        unite(base, snapshot(ours), snapshot(theirs), out)
        _assert_holds_both(out)
        triggers = by_hand(out, "SELECT name FROM sqlite_master WHERE type = 'trigger'")
        assert triggers == ([("shout",)] if ours is laptop else [])
        assert len(by_hand(out, "SELECT * FROM shouts")) == shouts
    files = "SELECT path, content FROM waifusync_files ORDER BY 1"
    assert by_hand(tmp_path / "united0.db", files) == by_hand(tmp_path / "united1.db", files)


def test_uniting_with_itself_changes_no_row_and_no_file(world: World, tmp_path: Path) -> None:
    laptop, _, base = _apart(world)
    out = tmp_path / "united.db"
    unite(base, snapshot(laptop), snapshot(laptop), out)
    for query in ("SELECT * FROM memories ORDER BY id", "SELECT * FROM waifusync_files ORDER BY path"):
        assert by_hand(out, query) == by_hand(snapshot(laptop), query)


@pytest.mark.parametrize("base", [None, "empty"])
def test_without_a_base_nothing_is_missing(world: World, tmp_path: Path, base: str | None) -> None:
    """T6: what one side lacks it may have deleted, or never had: it stays."""
    laptop, jetson, _ = _apart(world)
    (tmp_path / "empty").touch()
    out = tmp_path / "united.db"
    unite(tmp_path / base if base else None, snapshot(laptop), snapshot(jetson), out)
    assert set(shown(out)) == {*ALL, "deleted here", "deleted there"}


def test_what_is_edited_by_hand_or_is_no_snapshot_is_not_united(world: World, tmp_path: Path) -> None:
    """T1: git stops, ours is as it was, and the next command takes in both."""
    laptop, jetson, base = _apart(world)
    plain, edited = tmp_path / "plain.db", tmp_path / "edited.db"
    by_hand(plain, "CREATE TABLE memories (id INTEGER PRIMARY KEY)")
    edited.write_bytes(snapshot(jetson).read_bytes())
    by_hand(edited, "UPDATE memories SET ai_response = 'by hand'")
    (tmp_path / "text.db").write_text("no database")
    before = snapshot(laptop).read_bytes()
    for theirs in (plain, edited, tmp_path / "text.db"):
        with pytest.raises(CannotUnite):
            unite(base, snapshot(laptop), theirs, snapshot(laptop))
        assert snapshot(laptop).read_bytes() == before
    assert [is_snapshot(each) for each in (base, edited, plain, tmp_path / "text.db")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_plain_pull_with_the_driver_merges_and_the_next_sync_writes_the_tables_afresh(world: World) -> None:
    """T1: as `init` and `join` set it up; then nothing further happens."""
    laptop, jetson, _ = _apart(world, triggers=False)
    jetson.sync()
    laptop.git("pull", "-q", "--no-rebase", "--no-edit")
    assert laptop.git("status", "--porcelain") == ""
    _assert_holds_both(snapshot(laptop))
    told = laptop.sync()
    assert "by hand" not in told.err
    jetson.sync()
    assert laptop.said() == jetson.said() == ALL
    assert_same(laptop, jetson, tables=("memories", "facts"))
    assert_well(laptop, jetson)
    before = world.remote_head()
    world.settle(laptop, jetson)
    assert world.remote_head() == before


def test_a_plain_rebase_with_the_driver_goes_through(world: World) -> None:
    """T1: sides swapped, commit by commit."""
    laptop, jetson, _ = _apart(world, triggers=False)
    jetson.sync()
    laptop.git("pull", "-q", "--rebase")
    _assert_holds_both(snapshot(laptop))
    world.settle(laptop, jetson)
    assert laptop.said() == jetson.said() == ALL
    assert_same(laptop, jetson, tables=("memories", "facts"))
    assert_well(laptop, jetson)


def test_the_driver_stops_where_one_side_was_edited_by_hand_and_the_next_sync_takes_both(
    world: World,
) -> None:
    """T1: a merge of rows alone could not tell an edit from an older state."""
    laptop, jetson, _ = _apart(world, triggers=False)
    jetson.sync()
    by_hand(snapshot(laptop), "INSERT INTO memories (user_input) VALUES ('by hand')")
    laptop.git("commit", "-q", "-a", "-m", "by hand")
    laptop.git("pull", "-q", "--no-rebase", "--no-edit", check=False)
    assert laptop.git("ls-files", "-u")
    laptop.sync()
    jetson.sync()
    assert laptop.said() == jetson.said() == sorted([*ALL, "by hand"])
    assert_same(laptop, jetson, tables=("memories", "facts"))
    assert_well(laptop, jetson)
