"""Rows that a person writes into the snapshot itself: they come in, and nothing else does."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.companions import FACTS, Device, World, assert_same
from tests.layouts.conftest import SNAPSHOT, assert_well, by_hand, shown, snapshot


def _level(world: World) -> tuple[Device, Device]:
    laptop, jetson = world.pair()
    laptop.say("one", "two", "three")
    world.settle(laptop, jetson)
    return laptop, jetson


def test_rows_added_changed_and_removed_by_hand_are_added_edited_and_still_there(world: World) -> None:
    """T6: what is gone from the file was not deleted: the next commit has it again."""
    laptop, jetson = world.scene(_level)
    key = laptop.key_of("two")
    by_hand(snapshot(laptop), "INSERT INTO memories (user_input) VALUES ('by hand')")
    by_hand(snapshot(laptop), "UPDATE memories SET ai_response = 'better' WHERE user_input = 'two'")
    by_hand(snapshot(laptop), "DELETE FROM memories WHERE user_input = 'one'")
    result = laptop.sync()
    assert "edited by hand: 1 row was new and 1 was changed: taken in" in result.err
    jetson.sync()
    assert laptop.said() == jetson.said() == ["by hand", "one", "three", "two"]
    assert jetson.sql("SELECT ai_response FROM memories WHERE user_input = 'two'") == [("better",)]
    assert jetson.key_of("two") == key
    assert_same(laptop, jetson)
    assert_well(laptop, jetson)
    assert "repaired" not in laptop.sync().err


def test_an_edit_that_was_committed_in_a_plain_clone_is_taken_in_by_whoever_comes_first(world: World) -> None:
    """T1: nothing of ours is set up where it was made."""
    laptop, jetson = world.scene(_level)
    clone = world.folder / "clone"
    world.git(world.folder, "clone", "-q", str(world.remote), str(clone))
    by_hand(clone / SNAPSHOT, "INSERT INTO memories (user_input) VALUES ('from a clone')")
    world.git(clone, "commit", "-q", "-a", "-m", "by hand")
    world.git(clone, "push", "-q", "origin", "main")
    laptop.say("meanwhile")
    laptop.sync()
    world.settle(jetson, laptop)
    assert laptop.said() == jetson.said() == ["from a clone", "meanwhile", "one", "three", "two"]
    assert_same(laptop, jetson)
    assert_well(laptop, jetson)


def test_two_devices_that_find_the_same_edit_make_one_memory_of_it(world: World) -> None:
    """T8: both take it in before they hear of each other."""
    laptop, jetson = world.scene(_level)
    for device in (laptop, jetson):
        by_hand(snapshot(device), "INSERT INTO memories (user_input) VALUES ('by hand')")
        device.run("commit")
    world.settle(laptop, jetson)
    assert laptop.said() == ["by hand", "one", "three", "two"]
    assert_same(laptop, jetson)
    before = world.remote_head()
    world.settle(laptop, jetson)
    assert world.remote_head() == before


def test_an_old_snapshot_edited_by_hand_brings_back_nothing_that_was_deleted_or_changed_since(
    world: World,
) -> None:
    """T4: only the rows that somebody touched come in."""
    laptop, jetson = world.scene(_level)
    old = laptop.head()
    laptop.sql("DELETE FROM memories WHERE user_input = 'one'")
    laptop.sql("UPDATE memories SET user_input = 'two, corrected' WHERE user_input = 'two'")
    world.settle(laptop, jetson)
    laptop.git("checkout", old, "--", SNAPSHOT)
    by_hand(snapshot(laptop), "INSERT INTO memories (user_input) VALUES ('by hand')")
    laptop.git("commit", "-q", "-a", "-m", "yesterday, and a line")
    laptop.sync()
    jetson.sync()
    assert laptop.said() == jetson.said() == ["by hand", "three", "two, corrected"]
    assert laptop.run("status", "--json").json["conflicts"] == 0
    assert_well(laptop, jetson)


def test_an_edit_of_a_memory_that_was_deleted_meanwhile_leaves_it_deleted(world: World) -> None:
    """T4: and one of a memory that was changed meanwhile loses, and is kept."""
    laptop, jetson = world.scene(_level)
    jetson.sql("DELETE FROM memories WHERE user_input = 'one'")
    jetson.sql("UPDATE memories SET ai_response = 'from the jetson' WHERE user_input = 'two'")
    jetson.sync()
    by_hand(snapshot(laptop), "UPDATE memories SET ai_response = 'by hand'")
    laptop.git("commit", "-q", "-a", "-m", "by hand")
    jetson.git("pull", "-q", str(laptop.directory), "main", check=False)
    world.settle(jetson, laptop)
    assert laptop.said() == jetson.said() == ["three", "two"]
    answers = dict(laptop.sql("SELECT user_input, ai_response FROM memories"))
    assert answers["three"] == "by hand"
    assert_same(laptop, jetson)
    told = laptop.run("conflicts", "--json", code=None).out
    assert {answers["two"]} < {"by hand", "from the jetson"}
    assert "by hand" in told and "from the jetson" in told


def test_a_child_written_by_hand_stays_under_its_parent(world: World) -> None:
    """T3: the numbers in the file are those of the device that wrote it."""
    laptop, jetson = world.pair(children=True)
    jetson.say(*(f"jetson {number}" for number in range(5)))
    laptop.say("the parent")
    world.settle(laptop, jetson)
    for device, fact in ((laptop, "on the laptop"), (jetson, "on the jetson")):
        by_hand(
            snapshot(device),
            "INSERT INTO facts (text, source_memory_id)"
            " SELECT ?, id FROM memories WHERE user_input = 'the parent'",
            (fact,),
        )
        device.run("commit")
    world.settle(laptop, jetson)
    for device in (laptop, jetson):
        pairs = device.sql(
            "SELECT user_input, text FROM facts JOIN memories ON memories.id = source_memory_id"
        )
        assert sorted(pairs) == [("the parent", "on the jetson"), ("the parent", "on the laptop")]
    assert_same(laptop, jetson, tables=("memories", "facts"))


def test_a_table_and_a_column_made_by_hand_come_too(world: World) -> None:
    laptop, jetson = world.scene(_level)
    by_hand(snapshot(laptop), FACTS)
    by_hand(snapshot(laptop), "INSERT INTO facts (text) VALUES ('a fact')")
    by_hand(snapshot(laptop), "ALTER TABLE memories ADD COLUMN mood TEXT")
    by_hand(snapshot(laptop), "UPDATE memories SET mood = 'calm' WHERE user_input = 'one'")
    laptop.sync()
    jetson.sync()
    assert jetson.sql("SELECT text FROM facts") == [("a fact",)]
    assert jetson.sql("SELECT user_input FROM memories WHERE mood = 'calm'") == [("one",)]
    assert_same(laptop, jetson)
    assert_well(laptop, jetson)


def test_a_program_that_has_the_snapshot_open_is_left_alone_and_its_rows_come_later(world: World) -> None:
    """T2: something not yet written to the file lies beside it: nothing is replaced under the program."""
    laptop, jetson = world.scene(_level)
    place = snapshot(laptop)
    with closing(sqlite3.connect(place)) as program:
        program.execute("PRAGMA journal_mode=WAL")
        program.execute("INSERT INTO memories (user_input) VALUES ('still open')")
        program.commit()
        assert place.with_name("memory.db-wal").stat().st_size
        laptop.say("meanwhile")
        result = laptop.run("sync", code=None)
        assert "is open in a program" in result.err
        assert program.execute("SELECT count(*) FROM memories").fetchone() == (4,)
    jetson.sync()
    assert jetson.said() == ["meanwhile", "one", "three", "two"]
    laptop.sync()
    jetson.sync()
    assert jetson.said() == laptop.said() == ["meanwhile", "one", "still open", "three", "two"]
    assert_well(laptop, jetson)


def test_a_database_of_the_persons_own_in_its_place_is_imported(world: World) -> None:
    """T23: not one that waifusync ever wrote, with a table of its own."""
    laptop, jetson = world.scene(_level)
    snapshot(laptop).unlink()
    by_hand(snapshot(laptop), "CREATE TABLE memories (id INTEGER PRIMARY KEY, user_input TEXT)")
    by_hand(snapshot(laptop), "INSERT INTO memories (user_input) VALUES ('one'), ('of another file')")
    laptop.sync()
    jetson.sync()
    assert set(laptop.said()) == set(jetson.said()) == {"of another file", "one", "three", "two"}
    assert_same(laptop, jetson)
    assert_well(laptop, jetson)


def test_a_file_that_is_kept_aside_is_the_one_that_was_edited(world: World) -> None:
    laptop, _ = world.scene(_level)
    by_hand(snapshot(laptop), "INSERT INTO memories (user_input) VALUES ('by hand')")
    edited = snapshot(laptop).read_bytes()
    told = laptop.run("commit").err.splitlines()
    [aside] = (laptop.directory / ".git/waifusync/aside").glob("*.db")
    assert Path(aside).read_bytes() == edited
    assert len(told) == 1 and told[0].endswith(f"1 row was new: taken in; the file is kept as {aside}")


def test_a_file_that_says_nothing_new_is_replaced_by_every_verb(world: World) -> None:
    """T6: rows taken out by hand: what a commit leaves in the work tree is what it committed."""
    laptop, _ = world.scene(_level)
    by_hand(snapshot(laptop), "DELETE FROM memories WHERE user_input = 'one'")
    told = laptop.run("commit").err
    assert "nothing in it was new, and nothing was deleted" in told
    assert laptop.git("status", "--porcelain") == ""
    assert shown(snapshot(laptop)) == ["one", "three", "two"]
