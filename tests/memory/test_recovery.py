"""Emptied tables, older files put back, databases that join: nothing is lost, and no deletion travels."""

from __future__ import annotations

import pytest

from tests.memory.conftest import Pair
from tests.simulation.device import Device
from waifusync.memory.collecting import TooManyDeletions


def said(device: Device) -> list[object]:
    return [text for (text,) in device.query("SELECT user_input FROM memories ORDER BY user_input")]


def test_a_table_that_lost_everything_is_asked_about(pair: Pair) -> None:
    """T6: an emptied database deletes nothing on other devices until a person says so."""
    rows = [(str(number),) for number in range(10)]
    pair.laptop.program.executemany("INSERT INTO memories (user_input) VALUES (?)", rows)
    pair.sync()
    pair.laptop.program.execute("DELETE FROM memories")
    with pair.laptop.memory() as memory:
        with pytest.raises(TooManyDeletions) as refused:
            memory.collect(pair.laptop.sources)
        assert "10 rows of memories" in refused.value.message
        assert memory.outgoing().lines == []
        collected, _ = memory.collect(pair.laptop.sources, accept_deletions=True)
    assert collected.deleted == {"memories": 10}


def test_a_table_that_lost_everything_and_began_anew_is_asked_about_too(pair: Pair) -> None:
    """T6: a program that found itself without a memory goes on talking."""
    rows = [(str(number),) for number in range(10)]
    pair.laptop.program.executemany("INSERT INTO memories (user_input) VALUES (?)", rows)
    pair.sync()
    pair.laptop.program.execute("DELETE FROM memories")
    pair.laptop.program.execute("INSERT INTO memories (user_input) VALUES ('who am I?')")
    with pair.laptop.memory() as memory, pytest.raises(TooManyDeletions):
        memory.collect(pair.laptop.sources)


def test_an_older_backup_put_back_deletes_nothing_and_gets_everything(pair: Pair) -> None:
    """T23: the file is merely behind its log; what was written into it since is news."""
    pair.laptop.program.execute("INSERT INTO memories (user_input) VALUES ('before')")
    pair.sync()
    pair.laptop.back_up()
    pair.laptop.program.execute("INSERT INTO memories (user_input) VALUES ('after')")
    pair.laptop.program.execute("UPDATE memories SET ai_response = 'old' WHERE user_input = 'before'")
    pair.sync()
    pair.laptop.restore_backup(0)
    pair.laptop.program.execute("INSERT INTO memories (user_input) VALUES ('since')")
    pair.laptop.program.execute("UPDATE memories SET ai_response = 'new' WHERE user_input = 'before'")
    pair.sync()
    assert said(pair.laptop) == said(pair.jetson) == ["after", "before", "since"]
    assert pair.jetson.query("SELECT ai_response FROM memories WHERE user_input = 'before'") == [("new",)]


def test_vectors_after_a_backup_was_put_back_get_numbers_of_their_own(pair: Pair) -> None:
    """T23: the file has forgotten which vectors it gave out."""
    pair.laptop.back_up()
    sql = "INSERT INTO memories (user_input, model_used, embeddings) VALUES (?, 'phi3', ?)"
    pair.laptop.program.execute(sql, ("one", b"\0\0\0\0" * 4))
    pair.sync()
    pair.laptop.restore_backup(0)
    pair.laptop.program.execute(sql, ("two", b"\0\0\0\x40" * 4))
    pair.sync()
    assert said(pair.jetson) == ["one", "two"]


def test_a_deleted_row_stays_deleted_when_an_edit_arrives_late(pair: Pair) -> None:
    """T4: a deletion wins over every edit that had not seen it, and the edit is listed."""
    pair.laptop.program.execute("INSERT INTO memories (user_input) VALUES ('one')")
    pair.sync()
    pair.laptop.program.execute("DELETE FROM memories")
    pair.jetson.program.execute("UPDATE memories SET user_input = 'edited'")
    pair.sync()
    assert said(pair.laptop) == said(pair.jetson) == []
    assert len(pair.laptop.query("SELECT * FROM waifusync_clashes")) == 1


def test_children_of_a_deleted_row_are_set_aside_alike_on_all_devices(pair: Pair) -> None:
    pair.both(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, of INTEGER NOT NULL REFERENCES memories(id), body TEXT)"
    )
    pair.laptop.program.execute("INSERT INTO memories (user_input) VALUES ('one')")
    pair.laptop.program.execute("INSERT INTO notes (of, body) VALUES (1, 'a note')")
    pair.sync()
    pair.laptop.program.execute("DELETE FROM memories")
    pair.sync()
    for device in (pair.laptop, pair.jetson):
        assert device.query("SELECT * FROM notes") == []
        assert len(device.query("SELECT * FROM waifusync_aside")) == 1


def test_the_older_of_two_rows_with_one_unique_value_stands_and_the_other_waits(pair: Pair) -> None:
    pair.both("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT UNIQUE, mood TEXT)")
    for device in (pair.laptop, pair.jetson):
        with device.transaction():
            device.program.execute("INSERT INTO people (name, mood) VALUES ('ann', ?)", (device.id,))
    pair.sync()
    (kept,) = pair.laptop.query("SELECT mood FROM people")[0]
    pair.laptop.program.execute("UPDATE people SET name = 'bob'")
    pair.sync()
    moods = {mood for (mood,) in pair.jetson.query("SELECT mood FROM people")}
    assert kept in moods
    assert len(moods) == 2


def test_a_database_with_rows_of_its_own_joins_and_loses_nothing(pair: Pair) -> None:
    """T10: the same memories are matched by content, the same names fold, and the joining side yields."""
    schema = "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT, note TEXT)"
    pair.laptop.program.executescript(
        f"{schema}; INSERT INTO settings VALUES ('theme', 'dark', NULL), ('only laptop', 'x', NULL);"
        "INSERT INTO memories (user_input) VALUES ('shared'), ('only laptop')"
    )
    pair.laptop.collect()
    pair.jetson.program.executescript(
        f"{schema}; INSERT INTO settings VALUES ('theme', 'light', 'a note'), ('only jetson', 'y', NULL);"
        "INSERT INTO memories (user_input) VALUES ('shared'), ('only jetson')"
    )
    pair.jetson.forget_tracking()
    pair.jetson.store.take_from(pair.laptop.store)
    pair.jetson.apply(claims=True)
    pair.sync()
    for device in (pair.laptop, pair.jetson):
        assert said(device) == ["only jetson", "only laptop", "shared"]
        assert device.query("SELECT * FROM settings ORDER BY name") == [
            ("only jetson", "y", None),
            ("only laptop", "x", None),
            ("theme", "dark", "a note"),
        ]
        assert device.query("SELECT field FROM waifusync_clashes") == [("value",)]


def test_an_idle_companion_is_asked_without_writing(pair: Pair) -> None:
    """T13: looking is not touching."""
    pair.sync()
    with pair.laptop.memory() as memory:
        memory.connection.execute("PRAGMA query_only = ON")
        assert memory.has_changes() is False
    pair.laptop.program.execute("INSERT INTO memories (user_input) VALUES ('one')")
    with pair.laptop.memory() as memory:
        memory.connection.execute("PRAGMA query_only = ON")
        assert memory.has_changes() is True
