"""What is missing was not deleted: emptied tables, older copies, replaced and damaged files."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.companions import BOTH_LAYOUTS, Device, World, assert_same

SUPPORTED = [f"memory {number:02}" for number in range(20)]


def _filled(world: World) -> tuple[Device, Device]:
    laptop, jetson = world.pair()
    laptop.say(*SUPPORTED)
    world.settle(laptop, jetson)
    return laptop, jetson


def _back_up(device: Device, place: Path) -> Path:
    with closing(sqlite3.connect(device.database)) as source, closing(sqlite3.connect(place)) as target:
        source.backup(target)
    return place


def _put_back(device: Device, backup: Path) -> None:
    """As a person does with the chat stopped: the whole file, and nothing of the newer one beside it."""
    live = device.directory / ".git/waifusync/memory.db"
    for ending in ("-wal", "-shm", "-journal"):
        live.with_name(live.name + ending).unlink(missing_ok=True)
    os.replace(backup, live)


@BOTH_LAYOUTS
def test_an_emptied_table_is_asked_about_before_it_travels(world: World) -> None:
    """T6: DELETE without WHERE is refused with the way on; accepted, it travels, and only then."""
    laptop, jetson = world.scene(_filled)
    laptop.sql("DELETE FROM memories")
    before = world.remote_head()
    refused = laptop.run("sync", code=3)
    assert "all 20 rows of memories" in refused.err and "--accept-deletions" in refused.err
    assert world.remote_head() == before
    jetson.sync()
    assert jetson.said() == SUPPORTED
    laptop.sync("--accept-deletions")
    jetson.sync()
    assert jetson.said() == laptop.said() == []


@pytest.mark.parametrize("known", [0, 3])
def test_rows_that_came_and_went_between_two_syncs_empty_no_table(world: World, known: int) -> None:
    """T6: nobody ever heard of them, so there is nothing to ask about."""
    laptop, jetson = world.pair()
    laptop.say(*SUPPORTED[:known])
    laptop.sync()
    laptop.say(*(f"soon gone {number}" for number in range(20)), "stays")
    laptop.sql("DELETE FROM memories WHERE user_input LIKE 'soon gone %'")
    laptop.sync()
    jetson.sync()
    assert jetson.said() == laptop.said() == [*SUPPORTED[:known], "stays"]


@pytest.mark.parametrize("statement", ["DROP TABLE memories", "untracked"])
def test_rows_that_vanished_unseen_come_back(world: World, statement: str) -> None:
    """T6: a dropped table, or rows removed while no trigger looked, delete nothing anywhere."""
    laptop, jetson = world.scene(_filled)
    if statement == "untracked":
        for (name,) in laptop.sql("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            laptop.sql(f"DROP TRIGGER {name}")
        laptop.sql("DELETE FROM memories")
    else:
        laptop.sql(statement)
    result = laptop.sync()
    jetson.sync()
    assert jetson.said() == SUPPORTED
    if statement == "untracked":
        assert "repaired: 20 rows of memories" in result.err
        assert laptop.said() == SUPPORTED
        assert_same(laptop, jetson)


def test_a_table_dropped_and_made_again_gets_its_rows_back(world: World) -> None:
    """T6: what a program's clumsy migration does."""
    laptop, jetson = world.scene(_filled)
    laptop.sql("DROP TABLE memories")
    laptop.sql(
        "CREATE TABLE memories (id INTEGER PRIMARY KEY, user_input TEXT, ai_response TEXT, device_id TEXT)"
    )
    laptop.sql("INSERT INTO memories (user_input) VALUES ('after the migration')")
    result = laptop.sync()
    jetson.sync()
    assert "repaired: " in result.err
    assert laptop.said() == jetson.said() == ["after the migration", *SUPPORTED]


@BOTH_LAYOUTS
def test_an_older_backup_put_back_is_told_and_repaired_from_the_log(world: World) -> None:
    """T23: no deletion travels, what was written since the backup is there again, and new rows stay."""
    laptop, jetson = world.scene(_filled)
    laptop.say("uncollected when the backup was made")
    backup = _back_up(laptop, world.folder / "backup.db")
    laptop.say("after the backup")
    laptop.sql("UPDATE memories SET ai_response = 'changed since' WHERE user_input = 'memory 03'")
    laptop.sql("DELETE FROM memories WHERE user_input = 'memory 04'")
    laptop.sync()
    jetson.sync()
    _put_back(laptop, backup)
    laptop.say("after it was put back")
    result = laptop.sync()
    assert "repaired: memory.db was older than the log" in result.err
    jetson.sync()
    wanted = [*SUPPORTED, "after it was put back", "after the backup", "uncollected when the backup was made"]
    assert laptop.said() == jetson.said() == sorted(text for text in wanted if text != "memory 04")
    assert laptop.sql("SELECT ai_response FROM memories WHERE user_input = 'memory 03'") == [
        ("changed since",)
    ]
    assert_same(laptop, jetson)
    before = world.remote_head()
    world.settle(laptop, jetson)
    assert world.remote_head() == before


def test_a_backup_from_before_others_were_pulled_is_brought_up_to_date(world: World) -> None:
    """T23: nothing of this device's is missing, only what others did: that comes again too."""
    laptop, jetson = world.scene(_filled)
    backup = _back_up(laptop, world.folder / "backup.db")
    jetson.say("from the jetson")
    jetson.sync()
    laptop.sync()
    _put_back(laptop, backup)
    laptop.sync()
    assert laptop.said() == [*["from the jetson"], *SUPPORTED]
    assert_same(laptop, jetson)


@BOTH_LAYOUTS
@pytest.mark.parametrize("how", ["plain", "gone", "empty"])
def test_a_live_database_that_is_another_file_now_is_brought_together_with_the_log(
    world: World, how: str
) -> None:
    """T23: T6: an unknown file, none, or one of no bytes: filled from the log, and said."""
    laptop, jetson = world.scene(_filled)
    _remove_live(laptop)
    live = laptop.directory / ".git/waifusync/memory.db"
    if how == "plain":
        with closing(sqlite3.connect(live)) as connection, connection:
            connection.execute("CREATE TABLE memories (id INTEGER PRIMARY KEY, user_input TEXT)")
            connection.execute("INSERT INTO memories VALUES (1, 'in another file')")
    elif how == "empty":
        live.touch()
    result = laptop.sync()
    assert "repaired: memory.db was " in result.err
    jetson.sync()
    assert laptop.said() == jetson.said() == ["in another file"] * (how == "plain") + SUPPORTED
    assert_same(laptop, jetson)


def _remove_live(device: Device) -> None:
    for file in (device.directory / ".git/waifusync").glob("memory.db*"):
        file.unlink()


@BOTH_LAYOUTS
def test_the_database_of_another_device_is_taken_over_under_our_own_name(world: World) -> None:
    """T22: T23: the jetson's file in the laptop's place: nothing is told in its name, nothing is lost."""
    laptop, jetson = world.scene(_filled)
    laptop.say("sent by the laptop")
    laptop.sync()
    jetson.say("not yet sent by the jetson")
    _put_back(laptop, _back_up(jetson, world.folder / "jetsons.db"))
    result = laptop.sync()
    assert "another device" in result.err
    world.settle(jetson, laptop)
    assert set(laptop.said()) == {*SUPPORTED, "sent by the laptop", "not yet sent by the jetson"}
    assert_same(laptop, jetson)


def test_a_verb_that_finds_the_database_of_another_device_tells_nothing_in_its_name(world: World) -> None:
    """T22, T23: before any sync has looked."""
    laptop, jetson = world.scene(_filled)
    _put_back(laptop, _back_up(jetson, world.folder / "jetsons.db"))
    key = laptop.run("remember", "said to the laptop").out.strip()
    assert key.startswith(laptop.state["id"])
    jetson.say("said to the jetson")
    world.settle(laptop, jetson)
    assert set(laptop.said()) == {*SUPPORTED, "said to the laptop", "said to the jetson"}
    assert_same(laptop, jetson)


def test_a_verb_that_finds_a_file_of_a_program_settles_into_it(world: World) -> None:
    """T23: its rows are kept, what the log has comes to them, and what only reads says what to run."""
    laptop, jetson = world.scene(_filled)
    with closing(sqlite3.connect(world.folder / "new.db")) as file, file:
        file.execute("CREATE TABLE memories (id INTEGER PRIMARY KEY, user_input TEXT, ai_response TEXT)")
        file.execute("INSERT INTO memories (user_input) VALUES ('of the new file')")
    _put_back(laptop, world.folder / "new.db")
    refused = laptop.run("conflicts", code=3)
    assert "waifusync sync" in refused.err
    laptop.run("remember", "said to the laptop")
    world.settle(laptop, jetson)
    assert set(jetson.said()) == {*SUPPORTED, "of the new file", "said to the laptop"}
    assert_same(laptop, jetson)


@BOTH_LAYOUTS
def test_a_shallow_clone_is_a_clone(world: World) -> None:
    """T6: `git clone --depth 1`, then join: all memories, and what is written there reaches the others."""
    laptop, jetson = world.scene(_filled)
    clone = world.folder / "tablet"
    world.git(world.folder, "clone", "-q", "--depth", "1", world.remote.as_uri(), str(clone))
    joined = world.run("join", "--device", "tablet", where=clone, code=None)
    assert joined.code in (0, 3), joined
    if joined.code == 3:
        assert "hint: " in joined.err
        return
    tablet = Device(world, "tablet", clone)
    assert tablet.said() == SUPPORTED
    tablet.say("written on the tablet")
    pushed = tablet.run("sync", code=None)
    assert pushed.code == 0, pushed
    world.settle(laptop, jetson)
    assert_same(laptop, jetson, tablet)
    assert "written on the tablet" in jetson.said()


def test_old_pages_torn_by_the_power_stop_only_this_device(world: World) -> None:
    """T20: a live database cut short: refused with a hint and exit 5; nothing travels, the file stays."""
    laptop, jetson = world.scene(_filled)
    laptop.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    live = laptop.directory / ".git/waifusync/memory.db"
    whole = live.read_bytes()
    live.write_bytes(whole[: len(whole) // 2])
    before = world.remote_head()
    refused = laptop.run("sync", code=5)
    assert "error: " in refused.err and "hint: " in refused.err
    assert world.remote_head() == before
    assert live.read_bytes()[:4096] == whole[:4096]
    jetson.sync()
    assert jetson.said() == SUPPORTED


@pytest.mark.parametrize(
    "name", ["index", "waifusync/device.json", "refs/waifusync/held", "waifusync/lock", "HEAD"]
)
def test_a_local_file_emptied_by_the_power_is_told_or_mended(world: World, name: str) -> None:
    """T20: no traceback, no loss: mended by itself, or refused with what to do."""
    laptop, jetson = world.scene(_filled)
    laptop.say("not yet sent")
    laptop.run("commit")
    laptop.say("not yet committed")
    (laptop.directory / ".git" / name).write_bytes(b"")
    result = laptop.run("sync", code=None)
    assert result.code in (0, 3, 5), result
    if result.code:
        assert "error: " in result.err and "hint: " in result.err
        assert laptop.said() == [*SUPPORTED, "not yet committed", "not yet sent"]
    else:
        jetson.sync()
        assert jetson.said() == [*SUPPORTED, "not yet committed", "not yet sent"]


def test_a_lock_that_git_left_behind_holds_up_no_memory(world: World) -> None:
    """T20: .git/index.lock of a git that died: memories travel, the branch follows when it is gone."""
    laptop, jetson = world.scene(_filled)
    (laptop.directory / ".git/index.lock").touch()
    laptop.say("meanwhile")
    result = laptop.run("sync", code=None)
    assert result.code == 0 and "another git program" in result.err
    jetson.sync()
    assert "meanwhile" in jetson.said()
    (laptop.directory / ".git/index.lock").unlink()
    laptop.sync()
    assert laptop.git("status", "--porcelain") == ""
    assert laptop.head() == world.remote_head()
