"""Noticing changes: ordinary SQL triggers mark the rows that any program touches.

A mark says where, when, and whether a row went away there; what changed is found by comparing hashes. So the
triggers name no column that a program could drop, never conflict whatever the program's statement says about
conflicts, and are silent while the gate holds a row, which only our own transactions put there.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from waifusync.core.sql_text import quote
from waifusync.core.values import Stored
from waifusync.memory.connection import any_text
from waifusync.values import dataclass

if TYPE_CHECKING:
    from waifusync.memory.rows import LiveTable

_NOW = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
_OPEN = "WHEN NOT EXISTS (SELECT 1 FROM waifusync_gate)"
# The time of a mark on a row that was there before tracking began.
BEFORE_TRACKING = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """A place where something happened, and when by the wall clock; `gone`: the row there was deleted."""

    place: tuple[Stored, ...]
    milliseconds: int
    gone: bool


def marks_table(table: LiveTable) -> str:
    return f"waifusync_marks_{table.id}"


def _mark_columns(table: LiveTable) -> list[str]:
    return [f"k{number}" for number in range(len(table.key_columns))]


def trigger_statements(table: LiveTable) -> dict[str, str]:
    """The triggers by name, as SQL."""
    after = {
        "insert": _mark(table, "NEW", gone=False),
        "delete": _mark(table, "OLD", gone=True),
        "update": _mark(table, "NEW", gone=False) + _moved(table),
    }
    made = {
        f"waifusync_{table.id}_{event}": _trigger(table, f"AFTER {event.upper()}", event, body)
        for event, body in after.items()
    }
    if table.shape.uniques:
        named = ", ".join(
            quote(column) for column in sorted({each for u in table.shape.uniques for each in u})
        )
        moved = _replaced(table, besides="OLD")
        made[f"waifusync_{table.id}_replace"] = _trigger(table, "BEFORE INSERT", "replace", _replaced(table))
        made[f"waifusync_{table.id}_moved"] = _trigger(table, f"BEFORE UPDATE OF {named}", "moved", moved)
    return made


def _trigger(table: LiveTable, moment: str, suffix: str, body: str) -> str:
    name = f"waifusync_{table.id}_{suffix}"
    return f"CREATE TRIGGER {name} {moment} ON {quote(table.name)} {_OPEN} BEGIN {body} END"


def _mark(table: LiveTable, side: str, *, gone: bool, only: str = "") -> str:
    """Nothing here is left to a statement of the person's with OR REPLACE or OR FAIL, whose policy holds in
    its triggers too: DO UPDATE goes before it, and an INSERT that looked first meets no constraint."""
    marks, columns = marks_table(table), _mark_columns(table)
    values = [f"{side}.{quote(column)}" for column in table.key_columns]
    went = ", gone = 1" if gone else ""
    told = f"INSERT INTO {marks} SELECT {', '.join(values)}, {_NOW}, {int(gone)}"
    if not table.is_named:
        # One statement, for which SQLite looks once: whoever writes holds the lock while triggers run.
        return f"{told} WHERE {only or 1} ON CONFLICT DO UPDATE SET at = excluded.at{went};"
    same = " AND ".join(f"{column} IS {value}" for column, value in zip(columns, values, strict=True))
    also = f" AND {only}" if only else ""
    return (
        f"UPDATE {marks} SET at = {_NOW}{went} WHERE {same}{also};"
        f" {told} WHERE NOT EXISTS (SELECT 1 FROM {marks} WHERE {same}){also};"
    )


def _moved(table: LiveTable) -> str:
    """A row whose key itself was changed has left its old place."""
    pairs = (f"OLD.{quote(column)} IS NOT NEW.{quote(column)}" for column in table.key_columns)
    return " " + _mark(table, "OLD", gone=True, only=f"({' OR '.join(pairs)})")


def _replaced(table: LiveTable, besides: str = "") -> str:
    """OR REPLACE takes away rows with the same unique values without firing a delete trigger."""
    marks = marks_table(table)
    keys = ", ".join(f"t.{quote(column)}" for column in table.key_columns)
    same = " AND ".join(
        f"m.{own} IS t.{quote(key)}" for own, key in zip(_mark_columns(table), table.key_columns, strict=True)
    )
    itself = " AND ".join(f"t.{quote(key)} IS {besides}.{quote(key)}" for key in table.key_columns)
    other = f" AND NOT ({itself})" if besides else ""
    statements = []
    for unique in table.shape.uniques:
        matches = " AND ".join(f"t.{quote(column)} = NEW.{quote(column)}" for column in unique)
        statements.append(
            f"INSERT INTO {marks} SELECT {keys}, {_NOW}, 0 FROM {quote(table.name)} AS t"
            f" WHERE {matches}{other} AND NOT EXISTS (SELECT 1 FROM {marks} AS m WHERE {same});"
        )
    return " ".join(statements)


def is_tracked(connection: sqlite3.Connection, table: LiveTable) -> bool:
    """Whether exactly our triggers are there."""
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master"
        " WHERE type = 'trigger' AND tbl_name = ? AND name GLOB 'waifusync_*'",
        (table.name,),
    )
    return dict(rows.fetchall()) == trigger_statements(table)


def track(connection: sqlite3.Connection, table: LiveTable) -> None:
    """Makes the marks table and the triggers, in the caller's transaction, replacing older ones of ours."""
    marks, columns = marks_table(table), _mark_columns(table)
    if table.is_named:
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {marks} ({', '.join(columns)}, at INTEGER, gone INTEGER)"
        )
        connection.execute(f"CREATE INDEX IF NOT EXISTS {marks}_place ON {marks} ({', '.join(columns)})")
    else:
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {marks} (k0 INTEGER PRIMARY KEY, at INTEGER, gone INTEGER)"
        )
    old = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'waifusync_*'"
        " AND (tbl_name = ? OR name GLOB ?)",
        (table.name, f"waifusync_{table.id}_*"),
    )
    for (name,) in old.fetchall():
        connection.execute(f"DROP TRIGGER {quote(name)}")
    for statement in trigger_statements(table).values():
        connection.execute(statement)


def mark_everything(connection: sqlite3.Connection, table: LiveTable) -> None:
    """Marks every row that is no record yet, as having been there before tracking began."""
    columns = ", ".join(quote(column) for column in table.key_columns)
    known = (
        f"SELECT 1 FROM waifusync_records WHERE tbl = {table.id} AND row = t.{quote(table.key_columns[0])}"
        " AND state = 0"
    )
    connection.execute(
        f"INSERT OR IGNORE INTO {marks_table(table)} SELECT {columns}, {BEFORE_TRACKING}, 0"
        f" FROM {quote(table.name)} AS t" + ("" if table.is_named else f" WHERE NOT EXISTS ({known})")
    )


def add_mark(
    connection: sqlite3.Connection, table: LiveTable, place: Sequence[Stored], *, gone: bool, at: int
) -> None:
    """A mark of our own making, for what a comparison found."""
    from waifusync.memory.rows import placeholder

    values = ", ".join((*map(placeholder, place), "?", "?"))
    take_mark(connection, table, place)
    connection.execute(f"INSERT INTO {marks_table(table)} VALUES ({values})", [*place, at, int(gone)])


def take_mark(connection: sqlite3.Connection, table: LiveTable, place: Sequence[Stored]) -> None:
    """Removes the mark at a place."""
    same = _same_place(table, place)
    connection.execute(f"DELETE FROM {marks_table(table)} WHERE {same}", place)


def _same_place(table: LiveTable, place: Sequence[Stored]) -> str:
    from waifusync.memory.rows import placeholder

    columns = zip(_mark_columns(table), place, strict=True)
    return " AND ".join(f"{column} IS {placeholder(value)}" for column, value in columns)


def mark_at(connection: sqlite3.Connection, table: LiveTable, place: Sequence[Stored]) -> Mark | None:
    """The mark at a place, if there is one."""
    same = _same_place(table, place)
    row = connection.execute(f"SELECT at, gone FROM {marks_table(table)} WHERE {same}", place).fetchone()
    return None if row is None else Mark(tuple(place), row[0], bool(row[1]))


def read_marks(connection: sqlite3.Connection, table: LiveTable) -> list[Mark]:
    """What is marked in this table, oldest first."""
    columns = ", ".join(_mark_columns(table))
    query = f"SELECT {columns}, at, gone FROM {marks_table(table)} ORDER BY at, k0"
    with any_text(connection) if table.is_named else contextlib.nullcontext():
        rows = connection.execute(query).fetchall()
    return [Mark(tuple(row[:-2]), row[-2], bool(row[-1])) for row in rows]


def clear_marks(connection: sqlite3.Connection, table: LiveTable) -> None:
    connection.execute(f"DELETE FROM {marks_table(table)}")


@contextlib.contextmanager
def silence(connection: sqlite3.Connection) -> Iterator[None]:
    """Writes in here raise no marks; within a transaction, whose rollback ends the silence too."""
    connection.execute("INSERT INTO waifusync_gate VALUES (1)")
    yield
    connection.execute("DELETE FROM waifusync_gate")


def clock_difference(connection: sqlite3.Connection, wall_milliseconds: int) -> int:
    """By how many milliseconds our clock is set apart from the one of the marks, which is SQLite's own.

    In whole minutes: less is the time between two looks at one clock.
    """
    (of_marks,) = connection.execute(f"SELECT {_NOW}").fetchone()
    return round((wall_milliseconds - int(of_marks)) / 60_000) * 60_000


def has_marks(connection: sqlite3.Connection, names: Iterable[str]) -> bool:
    """Whether any of these tables is marked; reads no schema, so that an idle companion costs nothing."""
    tables = connection.execute(
        "SELECT t.id FROM waifusync_tables AS t WHERE t.name IN (SELECT value FROM json_each(?))"
        " AND EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'waifusync_marks_' || t.id)",
        (json.dumps(list(names)),),
    ).fetchall()
    asked = " OR ".join(f"EXISTS (SELECT 1 FROM waifusync_marks_{number})" for (number,) in tables)
    return bool(tables) and bool(connection.execute(f"SELECT {asked}").fetchone()[0])
