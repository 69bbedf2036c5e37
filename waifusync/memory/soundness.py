"""Whether what a file holds can be read, whoever wrote it."""

from __future__ import annotations

import sqlite3

from waifusync.core.table_kinds import TableKind, listing, table_kinds
from waifusync.core.tables import quote


def is_sound(connection: sqlite3.Connection) -> bool:
    """Table by table: a check of all at once has FTS5 look through its indexes, from SQLite 3.44 on, and an
    index that came from elsewhere can make it ask for gigabytes."""
    kinds = table_kinds(connection.execute(listing()))
    held = [name for name, kind in kinds.items() if kind in (TableKind.ORDINARY, TableKind.BEHIND)]
    return all(_is_ok(connection, name) for name in ("sqlite_master", *held))


def _is_ok(connection: sqlite3.Connection, name: str) -> bool:
    return bool(connection.execute(f"PRAGMA quick_check({quote(name)})").fetchone()[0] == "ok")
