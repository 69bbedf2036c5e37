"""Which of two values is the greater: what settles a clash for now, and must say the same in both orders."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from waifusync.core.values import Stored
from waifusync.merging.sqlite.plan import Field, numbers_of
from waifusync.merging.sqlite.shape import quote


def order(value: object) -> tuple[int, object]:
    """SQLite's own order of types, so that any two values can be compared."""
    if value is None:
        return 0, 0
    if isinstance(value, (int, float)):
        return 1, (value, isinstance(value, float))
    return (2, value) if isinstance(value, str) else (3, value)


def exact(values: Sequence[object]) -> tuple[tuple[str, object], ...]:
    """1 and 1.0 are equal in Python, and not here."""
    return tuple((type(value).__name__, value) for value in values)


def ranks(
    connection: sqlite3.Connection, field: Field, ours: Stored, theirs: Stored
) -> tuple[object, object]:
    """What to compare instead of two values that clash.

    The number of a row that was renumbered depends on the order, so a reference counts as the number that its
    own side gave it, and then as what stands in the row.
    """
    if field.parent is None:
        return ours, theirs
    found = connection.execute(
        f"SELECT old FROM {numbers_of(field.parent)} WHERE new = ?", (theirs,)
    ).fetchone()
    there = found[0] if found else theirs
    if ours != there:
        return ours, there
    mine, other = (_row(connection, side, field.parent_table, there) for side in ("ours", "theirs"))
    shared = sorted(mine.keys() & other.keys())
    return tuple(order(mine[name]) for name in shared), tuple(order(other[name]) for name in shared)


def _row(connection: sqlite3.Connection, side: str, table: str, number: Stored) -> dict[str, Stored]:
    found = connection.execute(f"SELECT * FROM {side}.{quote(table)} WHERE rowid = ?", (number,))
    names = [column[0] for column in found.description]
    return dict(zip(names, found.fetchone() or ()))
