"""Whether the live database has anything that is not in git yet: read in a moment, importing next to nothing.

A hook asks this after many git commands, and nearly always there is nothing.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from waifusync.memory.connection import explained, open_foreign


def is_settled(path: Path, *, device: str, held: str | None) -> bool:
    """Whether all that programs did is in the commit `held`, and all of that is in the database.

    False in doubt: for another device's database, one whose tables changed, or none.
    """
    if not path.is_file():
        return False
    connection = open_foreign(path)
    try:
        with explained(path):
            connection.execute("BEGIN")  # one moment of it
            return _is_ours(connection) and _is_level(connection, device, held) and not _is_marked(connection)
    finally:
        connection.close()


def _is_ours(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'waifusync_meta'").fetchone()
    return found is not None


def _is_level(connection: sqlite3.Connection, device: str, held: str | None) -> bool:
    meta = dict(connection.execute("SELECT name, value FROM waifusync_meta").fetchall())
    (version,) = connection.execute("PRAGMA schema_version").fetchone()
    (last,) = connection.execute("SELECT max(number) FROM waifusync_outbox").fetchone()
    number, _, rest = str(meta.get("committed_number") or "").partition(" ")
    is_in_git = last is None or (rest.endswith(f" {held}") and int(number) >= last)
    known = (meta.get("device"), meta.get("applied"), meta.get("schema_version"))
    return is_in_git and known == (device, held, version)


def _is_marked(connection: sqlite3.Connection) -> bool:
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'waifusync_marks_[0-9]*'"
    ).fetchall()
    return any(connection.execute(f"SELECT EXISTS (SELECT 1 FROM {name})").fetchone()[0] for (name,) in names)
