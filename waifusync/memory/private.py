"""Memories that stay on this device: a table of their own, beside `memories` and never tracked.

No trigger stands on it, no entry is ever made of it, and whatever copies the database for others leaves it
out; so there is nothing that could be forgotten on the way out. There is no second copy of it either.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping

from waifusync.core.tables import quote
from waifusync.core.values import Stored
from waifusync.memory.ledger import Ledger
from waifusync.memory.noticing import own_change
from waifusync.memory.schema import PRIVATE
from waifusync.patterns import pattern

_KEY = pattern(r"private-([1-9][0-9]{0,17})")
# What was forgotten, so that it can come back.
_FORGOTTEN = "waifusync_private_forgotten"
_COLUMNS = """timestamp TEXT, device_id TEXT, conversation_id TEXT, user_input TEXT, ai_response TEXT,
    model_used TEXT, facts_extracted TEXT, embeddings BLOB"""


def is_private(key: str) -> bool:
    """Whether a key names a memory of this device alone."""
    return _KEY.fullmatch(key) is not None


def private_key(row: int) -> str:
    return f"private-{row}"


def is_there(connection: sqlite3.Connection) -> bool:
    """Whether anything private was ever kept here."""
    return bool(columns_of(connection, PRIVATE))


def write_private(ledger: Ledger, values: Mapping[str, Stored]) -> int:
    """The row number of a new one; within a transaction. Columns that the table lacks are left out."""
    with own_change(ledger):
        _make(ledger.connection)
    columns = columns_of(ledger.connection, PRIVATE)
    names = [name for name in values if name in columns and name != "id"]
    listed, marks = ", ".join(map(quote, names)), ", ".join("?" * len(names))
    cursor = ledger.connection.execute(
        f"INSERT INTO {PRIVATE} ({listed}) VALUES ({marks})",
        [values[name] for name in names],
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def knows(connection: sqlite3.Connection, key: str) -> bool:
    """Whether there is, or was, a private memory of this key."""
    return _has(connection, PRIVATE, key) or _has(connection, _FORGOTTEN, key)


def forget_private(ledger: Ledger, key: str) -> bool:
    """Takes one out of the table; False when it was forgotten before."""
    return _move(ledger, key, PRIVATE, _FORGOTTEN)


def restore_private(ledger: Ledger, key: str) -> bool:
    """Puts a forgotten one back in its place; False when it was never away."""
    return _move(ledger, key, _FORGOTTEN, PRIVATE)


def _move(ledger: Ledger, key: str, source: str, target: str) -> bool:
    connection = ledger.connection
    if not _has(connection, source, key):
        return False
    with own_change(ledger):
        _make(connection)
        _match_columns(connection, source, target)
    listed = ", ".join(map(quote, columns_of(connection, source)))
    row = (_row(key),)
    connection.execute(
        f"INSERT OR REPLACE INTO {target} ({listed}) SELECT {listed} FROM {source} WHERE id = ?",
        row,
    )
    connection.execute(f"DELETE FROM {source} WHERE id = ?", row)
    return True


def _make(connection: sqlite3.Connection) -> None:
    # AUTOINCREMENT: a key that was given is never given to another memory.
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {PRIVATE} (id INTEGER PRIMARY KEY AUTOINCREMENT, {_COLUMNS})"
    )
    connection.execute(f"CREATE TABLE IF NOT EXISTS {_FORGOTTEN} (id INTEGER PRIMARY KEY)")
    if columns_of(connection, "memories"):
        _match_columns(connection, "memories", PRIVATE)


def _match_columns(connection: sqlite3.Connection, source: str, target: str) -> None:
    """What the one has and the other lacks: a program may have added columns."""
    known = {name.lower() for name in columns_of(connection, target)}
    for name, kind in columns_of(connection, source).items():
        if name.lower() not in known:
            plain = kind if re.fullmatch(r"[A-Za-z]{0,20}", kind) else ""
            connection.execute(f"ALTER TABLE {target} ADD COLUMN {quote(name)} {plain}")


def columns_of(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """Names and declared types; empty for a table that is not there."""
    return dict(connection.execute("SELECT name, type FROM pragma_table_info(?)", (table,)).fetchall())


def _has(connection: sqlite3.Connection, table: str, key: str) -> bool:
    if not is_private(key) or not columns_of(connection, table):
        return False
    query = f"SELECT 1 FROM {table} WHERE id = ?"
    return connection.execute(query, (_row(key),)).fetchone() is not None


def _row(key: str) -> int:
    return int(key.partition("-")[2])
