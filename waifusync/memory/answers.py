"""What the person answered about secrets, on this device: kept as keyed hashes, so that nothing here is one.

An answer is for a text and not for a place: a key that may leave in one memory may leave in all of them.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Iterable

from waifusync.memory.ledger import Ledger
from waifusync.memory.noticing import own_change

_LET_OUT = "CREATE TABLE IF NOT EXISTS waifusync_let_out (hash TEXT PRIMARY KEY) WITHOUT ROWID"
_REDACTED = """CREATE TABLE IF NOT EXISTS waifusync_redacted (
    key TEXT, field TEXT, before TEXT, after TEXT, PRIMARY KEY (key, field)) WITHOUT ROWID"""
_KEY = "hash_key"


def keyed_hash(ledger: Ledger, text: str) -> str:
    """The same for the same text on this device, and nothing to anybody who does not have its database."""
    key = str(ledger.meta(_KEY) or "")
    if not key:
        key = secrets.token_hex(16)
        ledger.set_meta(_KEY, key)
    return hmac.new(key.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def note_let_out(ledger: Ledger, texts: Iterable[str]) -> None:
    """These are no secrets, or may leave all the same. Within a transaction."""
    with own_change(ledger):
        ledger.connection.execute(_LET_OUT)
    hashes = [(keyed_hash(ledger, text),) for text in texts]
    ledger.connection.executemany("INSERT OR IGNORE INTO waifusync_let_out VALUES (?)", hashes)


def is_let_out(ledger: Ledger, text: str) -> bool:
    """Whether the person said so."""
    if not _is_there(ledger.connection, "waifusync_let_out"):
        return False
    query = "SELECT 1 FROM waifusync_let_out WHERE hash = ?"
    return ledger.connection.execute(query, (keyed_hash(ledger, text),)).fetchone() is not None


def note_redacted(ledger: Ledger, key: str, field: str, *, before: str, after: str) -> None:
    """What stood there stays here, so that a redaction can be taken back. Within a transaction."""
    with own_change(ledger):
        ledger.connection.execute(_REDACTED)
    ledger.connection.execute(
        "INSERT OR REPLACE INTO waifusync_redacted VALUES (?, ?, ?, ?)", (key, field, before, after)
    )


def redacted(connection: sqlite3.Connection, key: str = "") -> list[tuple[str, str, str, str]]:
    """(key, field, before, after) of one record, or of all."""
    if not _is_there(connection, "waifusync_redacted"):
        return []
    query = (
        "SELECT key, field, before, after FROM waifusync_redacted WHERE ?1 IN ('', key) ORDER BY key, field"
    )
    return connection.execute(query, (key,)).fetchall()


def forget_redacted(connection: sqlite3.Connection, key: str) -> None:
    """After it was taken back."""
    connection.execute("DELETE FROM waifusync_redacted WHERE key = ?", (key,))


def _is_there(connection: sqlite3.Connection, name: str) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE name = ?"
    return connection.execute(query, (name,)).fetchone() is not None
