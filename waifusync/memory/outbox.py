"""The entries of this device on their way out: numbered, stamped, chained, and kept until they are in git."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from waifusync.core import clock
from waifusync.core import vectors as vector_bytes
from waifusync.core.entry import LONGEST_LINE_BYTES, Entry, format_line
from waifusync.core.learning.collections import TABLES
from waifusync.core.values import Travel
from waifusync.core.versions import Head
from waifusync.errors import RefusedError
from waifusync.memory.ledger import Ledger

# Lines are written many at a time, which is cheaper.
_BATCH = 256


class Outbox:
    """Within the caller's transaction; `close` writes down how far it came."""

    def __init__(self, ledger: Ledger, *, wall_milliseconds: int, offset_milliseconds: int = 0) -> None:
        self.ledger = ledger
        self.device = ledger.device
        self.written = 0
        self._changes = 0
        self._connection = ledger.connection
        self._head = ledger.head(self.device)
        self._clock = ledger.clock
        self._wall = wall_milliseconds
        self._offset = offset_milliseconds
        self._ordinals: dict[str, int] = {}
        self._lines: list[tuple[int, str]] = []

    @property
    def next_number(self) -> int:
        return self._head.number + 1

    def write(
        self,
        collection: str,
        key: str,
        fields: Mapping[str, Travel] | None,
        *,
        at: int = 0,
        seen: Mapping[str, int] | None = None,
        adopted: bool = False,
    ) -> Entry:
        """The next entry of this device; `at` is the millisecond of the mark, 0 for now."""
        self._clock = clock.tick(self._clock, at + self._offset if at else self._wall)
        number = self._head.number + 1
        entry = Entry(self.device, number, self._clock, collection, key, fields, seen or {}, adopted)
        line, chain = format_line(entry, self._head.chain)
        _check_length(line, collection)
        self._lines.append((number, line))
        if len(self._lines) >= _BATCH:
            self._flush()
        self._head = Head(number, chain)
        self.written += 1
        self._changes += collection != TABLES
        return entry

    def file_vector(self, content: bytes, model: str) -> Travel:
        """Keeps a vector for the entry that is written next, and says where it will travel."""
        return self.file_vector_in(
            vector_bytes.group_name(model, vector_bytes.dimension_of(content)), content
        )

    def file_vector_in(self, group: str, content: bytes) -> Travel:
        """Likewise, for a vector whose group is known."""
        if group not in self._ordinals:
            self._ordinals[group] = next_ordinal(self.ledger, group)
        ordinal = self._ordinals[group]
        self._ordinals[group] = ordinal + 1
        self._connection.execute(
            "INSERT INTO waifusync_vectors VALUES (?, ?, ?, ?)", (self.next_number, group, ordinal, content)
        )
        return {"v": [group, ordinal, vector_bytes.vector_digest(content)]}

    def _flush(self) -> None:
        self._connection.executemany("INSERT INTO waifusync_outbox VALUES (?, ?)", self._lines)
        self._lines.clear()

    def close(self) -> None:
        """Before every COMMIT."""
        self._flush()
        for group, ordinal in self._ordinals.items():
            set_next_ordinal(self.ledger, group, ordinal)
        self.ledger.set_head(self.device, self._head)
        self.ledger.set_meta("clock", self._clock)
        # What a person would count: rows and what was learned, not descriptions of tables.
        self.ledger.set_meta("changes", int(self.ledger.meta("changes") or 0) + self._changes)
        self._changes = 0


def next_ordinal(ledger: Ledger, group: str) -> int:
    """The number of the next vector of a group in this device's log."""
    return int(ledger.meta(f"ordinal:{group}") or 0)


def set_next_ordinal(ledger: Ledger, group: str, ordinal: int) -> None:
    ledger.set_meta(f"ordinal:{group}", ordinal)


def outbox_bytes(connection: sqlite3.Connection, *, upto: int) -> int:
    """About how much room the lines of entries up to this one take."""
    query = "SELECT coalesce(sum(length(line)), 0) FROM waifusync_outbox WHERE number <= ?"
    return int(connection.execute(query, (upto,)).fetchone()[0])


def _check_length(line: str, collection: str) -> None:
    # Encoding every line only to measure it would cost; a character is at most four bytes.
    if len(line) > LONGEST_LINE_BYTES // 4 and len(line.encode()) > LONGEST_LINE_BYTES:
        raise RefusedError(
            f"a row of {collection} is larger than {LONGEST_LINE_BYTES >> 20} MiB and cannot travel",
            hint=f"shorten it, or list {collection} under exclude in waifusync.toml",
        )
