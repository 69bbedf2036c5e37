"""Making a live database, or settling into one that a program, or another device, made."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from waifusync.memory import tracking
from waifusync.memory.connection import explained, open_database, transaction
from waifusync.memory.ledger import Ledger
from waifusync.memory.noticing import note_looked

if TYPE_CHECKING:
    from waifusync.memory.terms import Choices

MEMORIES = """CREATE TABLE memories (
    id INTEGER PRIMARY KEY, timestamp TEXT, device_id TEXT, conversation_id TEXT,
    user_input TEXT, ai_response TEXT, model_used TEXT, facts_extracted TEXT, embeddings BLOB)"""


def make_database(path: Path, device: str, choices: Choices) -> None:
    """A database for this device; rows that are there already are marked as such."""
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    connection = open_database(path, create=True)
    try:
        with explained(path):
            if is_new:
                connection.execute("PRAGMA journal_mode=WAL")
            with transaction(connection):
                _settle_in(connection, device, choices)
    finally:
        connection.close()


def device_of(path: Path) -> str | None:
    """The id under which a database writes entries; None for a file that no waifusync settled into."""
    connection = open_database(path)
    try:
        with explained(path):
            return Ledger(connection).device if Ledger.is_present(connection) else None
    finally:
        connection.close()


def take_over(path: Path, device: str, choices: Choices) -> None:
    """Makes a file that was put in the live database's place this device's; no row of its is changed."""
    connection = open_database(path)
    try:
        with explained(path), transaction(connection):
            _take_out_notes(connection)
            _settle_in(connection, device, choices)
    finally:
        connection.close()


def _settle_in(connection: sqlite3.Connection, device: str, choices: Choices) -> None:
    from waifusync.memory.catalog import load_catalog

    ledger = Ledger.create(connection, device)
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'memories'").fetchone():
        connection.execute(MEMORIES)
    for table in load_catalog(connection, choices).tables.values():
        tracking.track(connection, table)
        tracking.mark_everything(connection, table)
    note_looked(ledger)


def _take_out_notes(connection: sqlite3.Connection) -> None:
    from waifusync.core.sql_text import quote

    for kind in ("trigger", "table"):
        rows = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = ? AND name GLOB 'waifusync_*'", (kind,)
        )
        for (name,) in rows.fetchall():
            connection.execute(f"DROP {kind.upper()} {quote(name)}")
