"""Rows that one side has, and that a constraint which only the other side made does not let in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from waifusync.core.values import Stored
from waifusync.merging.files import CannotMerge
from waifusync.merging.sqlite.binding import key_text

_MOST = 5
Key = tuple[Stored, ...]


class Broken(CannotMerge):
    """One side's rows break a constraint that the other has added."""


def broken(connection: sqlite3.Connection, table: str, reason: str, keys: Iterable[Key]) -> Broken:
    """With the keys of the rows and both definitions: either could give way."""
    shown = sorted({key_text(key) for key in keys})
    named = "; ".join(shown[:_MOST]) + ("; …" if len(shown) > _MOST else "")
    ours, theirs = (_definition(connection, side, table) for side in ("ours", "theirs"))
    return Broken(
        f"rows of {table} that one side has break a constraint that the other has added: {reason}"
        f"\nrows:   {named}\nours:   {ours}\ntheirs: {theirs}",
        hint="make the rows or the constraint fit on one side, commit that, and merge again",
    )


def _definition(connection: sqlite3.Connection, side: str, table: str) -> str:
    found = connection.execute(f"SELECT sql FROM {side}.sqlite_master WHERE name = ?", (table,)).fetchone()
    return str(found[0]) if found else "none"
