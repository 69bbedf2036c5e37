"""Whatever a program says to its tables, the other device ends up with the same rows."""

from __future__ import annotations

import sqlite3

import pytest

from tests.memory.conftest import Pair

_PEOPLE = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT UNIQUE, mood TEXT)"


def people(pair: Pair) -> list[tuple[object, ...]]:
    pair.sync()
    rows = pair.jetson.query("SELECT name, mood FROM people ORDER BY name")
    assert rows == pair.laptop.query("SELECT name, mood FROM people ORDER BY name")
    return rows


@pytest.fixture
def program(pair: Pair) -> sqlite3.Connection:
    pair.laptop.program.executescript(
        f"{_PEOPLE}; INSERT INTO people VALUES (1, 'ann', 'calm'), (2, 'bob', 'glad')"
    )
    pair.sync()
    return pair.laptop.program


def test_replace_of_a_row_by_itself_is_an_edit(pair: Pair, program: sqlite3.Connection) -> None:
    program.execute("INSERT OR REPLACE INTO people VALUES (1, 'ann', 'sad')")
    assert people(pair) == [("ann", "sad"), ("bob", "glad")]
    assert len(pair.laptop.query("SELECT 1 FROM waifusync_records WHERE state = 1")) == 0


def test_replace_that_hits_the_unique_value_of_another_row_deletes_that_row(
    pair: Pair, program: sqlite3.Connection
) -> None:
    program.execute("INSERT OR REPLACE INTO people VALUES (7, 'bob', 'new')")
    assert people(pair) == [("ann", "calm"), ("bob", "new")]


def test_update_or_replace_that_hits_another_row_deletes_that_row(
    pair: Pair, program: sqlite3.Connection
) -> None:
    program.execute("UPDATE OR REPLACE people SET name = 'bob' WHERE id = 1")
    assert people(pair) == [("bob", "calm")]


def test_an_insert_that_is_ignored_changes_nothing(pair: Pair, program: sqlite3.Connection) -> None:
    before = len(pair.laptop.store.logs["llllllll"])
    program.execute("INSERT OR IGNORE INTO people VALUES (1, 'cy', 'x'), (9, 'bob', 'y')")
    assert people(pair) == [("ann", "calm"), ("bob", "glad")]
    assert len(pair.laptop.store.logs["llllllll"]) == before


@pytest.mark.parametrize("policy", ["FAIL", "ABORT", "ROLLBACK"])
def test_a_statement_that_fails_leaves_what_it_left(
    pair: Pair, program: sqlite3.Connection, policy: str
) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        program.execute(f"INSERT OR {policy} INTO people VALUES (8, 'cy', 'x'), (9, 'bob', 'y')")
    assert people(pair) == program.execute("SELECT name, mood FROM people ORDER BY name").fetchall()


def test_an_upsert_is_an_edit(pair: Pair, program: sqlite3.Connection) -> None:
    program.execute(
        "INSERT INTO people VALUES (5, 'ann', 'x') ON CONFLICT DO UPDATE SET mood = excluded.mood"
    )
    assert people(pair) == [("ann", "x"), ("bob", "glad")]


def test_a_transaction_that_was_rolled_back_never_was(pair: Pair, program: sqlite3.Connection) -> None:
    program.executescript("BEGIN; DELETE FROM people; INSERT INTO people VALUES (1, 'no', 'no'); ROLLBACK")
    assert people(pair) == [("ann", "calm"), ("bob", "glad")]


def test_a_number_that_is_given_out_again_is_another_row(pair: Pair, program: sqlite3.Connection) -> None:
    """T3: SQLite reuses the greatest rowid once its row is deleted."""
    program.execute("DELETE FROM people WHERE id = 2")
    program.execute("INSERT INTO people (name, mood) VALUES ('cy', 'entirely different')")
    pair.jetson.program.execute("UPDATE people SET mood = 'edited' WHERE name = 'bob'")
    assert people(pair) == [("ann", "calm"), ("cy", "entirely different")]
    (state,) = {
        state
        for (state,) in pair.jetson.query("SELECT state FROM waifusync_records WHERE key = ?", _bob(pair))
    }
    assert state == 1


@pytest.mark.parametrize("policy", ["REPLACE", "IGNORE", "FAIL", "ABORT", "ROLLBACK"])
def test_what_a_statement_says_about_conflicts_holds_for_rows_and_not_for_their_marks(
    pair: Pair, program: sqlite3.Connection, policy: str
) -> None:
    """T3: a policy holds in triggers too, where the mark of a row that went is there already."""
    program.execute("DELETE FROM people WHERE id = 2")
    program.execute("UPDATE people SET mood = 'sad' WHERE id = 1")
    program.execute("UPDATE waifusync_marks_2 SET at = 1")
    program.execute(f"INSERT OR {policy} INTO people VALUES (2, 'cy', 'entirely different')")
    program.execute(f"UPDATE OR {policy} people SET mood = 'better' WHERE id = 1")
    marks = program.execute("SELECT k0, gone, at > 1 FROM waifusync_marks_2 ORDER BY k0").fetchall()
    assert marks == [(1, 0, 1), (2, 1, 1)]
    pair.jetson.program.execute("UPDATE people SET mood = 'edited' WHERE name = 'bob'")
    assert people(pair) == [("ann", "better"), ("cy", "entirely different")]


def _bob(pair: Pair) -> object:
    lines = pair.laptop.store.logs["llllllll"]
    return next(each.entry.key for each in lines if (each.entry.fields or {}).get("name") == "bob")


def test_moving_a_row_to_another_number_keeps_its_content(pair: Pair, program: sqlite3.Connection) -> None:
    program.execute("UPDATE people SET id = 40 WHERE id = 1")
    assert people(pair) == [("ann", "calm"), ("bob", "glad")]


def test_two_devices_number_alike_and_children_follow_their_own_parents(pair: Pair) -> None:
    """T3: a hundred rows each with the same numbers, and children of them."""
    pair.both(
        "CREATE TABLE facts (id INTEGER PRIMARY KEY, of INTEGER NOT NULL REFERENCES memories(id), fact TEXT)"
    )
    for device in (pair.laptop, pair.jetson):
        for number in range(100):
            device.program.execute("INSERT INTO memories (user_input) VALUES (?)", (f"{device.id} {number}",))
            device.program.execute(
                "INSERT INTO facts (of, fact) VALUES (last_insert_rowid(), ?)", (f"{device.id} {number}",)
            )
    pair.sync()
    for device in (pair.laptop, pair.jetson):
        rows = device.query("SELECT user_input, fact FROM memories JOIN facts ON facts.of = memories.id")
        assert len(rows) == 200
        assert all(said == fact for said, fact in rows)
