"""What a person's verbs did on this device, so that the last of them can be undone.

A deed is a stretch of entries in this device's own log; the log says all else. The table lies in the live
database: one transaction does the deed and writes it down. It never travels.
"""

from __future__ import annotations

from waifusync.memory.ledger import Ledger
from waifusync.memory.noticing import own_change
from waifusync.values import dataclass

_TABLE = """CREATE TABLE IF NOT EXISTS waifusync_operations (
    id INTEGER PRIMARY KEY, verb TEXT, device TEXT, first INTEGER, last INTEGER, at INTEGER)"""


@dataclass(frozen=True, slots=True)
class Operation:
    """Entries `first` to `last` of the device's log, told by `verb` at a millisecond of its wall clock."""

    verb: str
    device: str
    first: int
    last: int
    at: int


def note_operation(ledger: Ledger, operation: Operation) -> None:
    """Within the transaction of the deed; one that told nothing is not worth undoing."""
    if operation.last >= operation.first:
        _ensure(ledger)
        ledger.connection.execute(
            "INSERT INTO waifusync_operations VALUES (NULL, ?, ?, ?, ?, ?)",
            (operation.verb, operation.device, operation.first, operation.last, operation.at),
        )


def last_operation(ledger: Ledger) -> Operation | None:
    """The latest one; None when a person's verbs did nothing here yet."""
    _ensure(ledger)
    row = ledger.connection.execute(
        "SELECT verb, device, first, last, at FROM waifusync_operations ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return Operation(*row) if row else None


def _ensure(ledger: Ledger) -> None:
    with own_change(ledger):
        ledger.connection.execute(_TABLE)
