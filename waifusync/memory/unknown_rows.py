"""Rows that no trigger saw come and no record knows: marked, so that they are told like any other."""

from __future__ import annotations

from waifusync.core.tables import quote
from waifusync.memory import tracking
from waifusync.memory.connection import transaction
from waifusync.memory.live import LiveMemory
from waifusync.memory.records import Records
from waifusync.memory.rows import LiveTable


def mark_unknown_rows(memory: LiveMemory, *, now: int) -> None:
    """A scan of every table; rows that differ from their record are not looked at."""
    with transaction(memory.connection):
        for table in memory.catalog().tables.values():
            if not tracking.is_tracked(memory.connection, table):
                continue
            if table.is_named:
                _mark_named(memory, table, now)
            else:
                tracking.mark_everything(memory.connection, table)


def _mark_named(memory: LiveMemory, table: LiveTable, now: int) -> None:
    records = Records(memory.ledger)
    names = ", ".join(map(quote, table.key_columns))
    for place in memory.connection.execute(f"SELECT {names} FROM {quote(table.name)}").fetchall():
        if records.by_row(table, table.token(place)) is None:
            tracking.add_mark(memory.connection, table, place, gone=False, at=now)
