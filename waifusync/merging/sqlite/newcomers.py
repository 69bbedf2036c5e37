"""Rows that both sides added to a NUMBERED table: which are one row, and which of theirs need another number.

One row: they agree in a declared UNIQUE, or in all they hold (likeness.py). A number alone says nothing.
What is decided stands in the table of numbers: theirs -> here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from waifusync.core.sql_text import quote
from waifusync.core.three_way import Action, Decision, Side
from waifusync.merging.files import CannotMerge
from waifusync.merging.sqlite.changes import ADDED
from waifusync.merging.sqlite.plan import NUMBERS, TWINS, Field, Joint, Kind
from waifusync.merging.sqlite.rings import parents_first

_LARGEST = (1 << 63) - 1


def groups(joints: Sequence[Joint]) -> Iterator[list[Joint]]:
    """The NUMBERED tables: those in a ring together, and parents before their children."""
    by_place = {joint.place: joint for joint in joints if joint.kind is Kind.NUMBERED}
    parents = {
        place: {field.parent for field in joint.fields if field.parent is not None}
        for place, joint in by_place.items()
    }
    for group in parents_first(parents):
        yield [by_place[place] for place in group]


def make_tables(connection: sqlite3.Connection) -> None:
    """Of numbers and of twins, for all tables of the merge."""
    connection.execute(
        f"CREATE TABLE {NUMBERS} (place INTEGER, old INTEGER, new INTEGER, PRIMARY KEY (place, old))"
        " WITHOUT ROWID"
    )
    connection.execute(
        f"CREATE TABLE {TWINS} (place INTEGER, theirs INTEGER, ours INTEGER, PRIMARY KEY (place, theirs),"
        " UNIQUE (place, ours)) WITHOUT ROWID"
    )


def number_newcomers(connection: sqlite3.Connection, group: Sequence[Joint]) -> list[Decision]:
    """Of tables in a ring; their parents' numbers must be known. Returns what was renumbered."""
    met = [joint for joint in group if all(_has_any(connection, joint, side) for side in ("ours", "theirs"))]
    for joint in met:
        for columns in joint.uniques:
            _match_by_unique(connection, joint, [joint.field(name) for name in columns])
    if met:
        _match_by_content(connection, group)
    for joint in met:
        connection.execute(
            f"INSERT INTO {NUMBERS} SELECT {joint.place}, theirs, ours"
            f" FROM {joint.twins} WHERE theirs <> ours"
        )
    return [decision for joint in group for decision in _renumber(connection, joint)]


def _has_any(connection: sqlite3.Connection, joint: Joint, side: str) -> bool:
    found = connection.execute(f"SELECT 1 FROM {joint.changes(side)} WHERE what = {ADDED} LIMIT 1")
    return found.fetchone() is not None


def _match_by_unique(connection: sqlite3.Connection, joint: Joint, columns: list[Field]) -> None:
    same = " AND ".join(f"{field.on('ours', 'o')} = {joint.theirs(field, 't')}" for field in columns)
    (key,) = joint.key
    connection.execute(
        f"INSERT OR IGNORE INTO {TWINS} SELECT {joint.place}, ct.k0, o.{quote(key.name)}"
        f" FROM {joint.changes('theirs')} AS ct JOIN {joint.source('theirs')} AS t"
        f" ON {key.on('theirs', 't')} = ct.k0"
        f" JOIN {joint.source('ours')} AS o ON {same}"
        f" WHERE ct.what = {ADDED} AND EXISTS"
        f" (SELECT 1 FROM {joint.changes('ours')} AS co"
        f" WHERE co.k0 = o.{quote(key.name)} AND co.what = {ADDED})"
    )


def _match_by_content(connection: sqlite3.Connection, group: Sequence[Joint]) -> None:
    from waifusync.merging.sqlite.likeness import equal_rows

    pairs = [(theirs.place, theirs.number, ours.number) for theirs, ours in equal_rows(connection, group)]
    connection.executemany(f"INSERT INTO {TWINS} VALUES (?, ?, ?)", pairs)


def _renumber(connection: sqlite3.Connection, joint: Joint) -> Iterator[Decision]:
    (key,) = joint.key
    taken = connection.execute(
        f"SELECT ct.k0 FROM {joint.changes('theirs')} AS ct WHERE ct.what = {ADDED}"
        f" AND ct.k0 NOT IN (SELECT theirs FROM {joint.twins})"
        f" AND EXISTS (SELECT 1 FROM {joint.source('ours')} AS o"
        f" WHERE o.{quote(key.name)} = ct.k0) ORDER BY ct.k0"
    ).fetchall()
    numbers = [(joint.place, old, new) for (old,), new in zip(taken, _free_numbers(connection, joint))]
    connection.executemany(f"INSERT INTO {NUMBERS} VALUES (?, ?, ?)", numbers)
    for _, old, new in numbers:
        yield Decision(joint.name, str(old), Action.RENUMBER, Side.THEIRS, column=str(new))


def _free_numbers(connection: sqlite3.Connection, joint: Joint) -> Iterator[int]:
    """Above every number that was ever used on any side; when those are used up, the gaps."""
    key = joint.key[0]
    tops = [
        connection.execute(f"SELECT max({key.on(side, 's')}) FROM {joint.source(side)} AS s").fetchone()[0]
        or 0
        for side in ("base", "ours", "theirs")
    ]
    top = max(*tops, *_sequences(connection, joint.name))
    yield from range(top + 1, _LARGEST)
    used = {
        number
        for side in ("base", "ours", "theirs")
        for (number,) in connection.execute(f"SELECT {key.on(side, 's')} FROM {joint.source(side)} AS s")
    }
    yield from (number for number in range(1, _LARGEST) if number not in used)
    raise CannotMerge(f"no row number is left in {joint.name}")


def _sequences(connection: sqlite3.Connection, table: str) -> Iterator[int]:
    """Where AUTOINCREMENT stands on each side."""
    yield 0
    for side in ("main", "base", "theirs"):
        if connection.execute(
            f"SELECT 1 FROM {side}.sqlite_master WHERE name = 'sqlite_sequence'"
        ).fetchone():
            rows = connection.execute(f"SELECT seq FROM {side}.sqlite_sequence WHERE name = ?", (table,))
            yield from (number for (number,) in rows if isinstance(number, int))
