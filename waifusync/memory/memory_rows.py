"""Living memories as they stand in their table, as far as comparing them goes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from waifusync.core.learning.collections import MEMORY_FACTS
from waifusync.core.learning.memory_facts import MemoryFacts, facts_key
from waifusync.core.learning.trust import trust_in
from waifusync.core.matching.fused import Member
from waifusync.core.matching.vetoes import Told, told
from waifusync.core.tables import quote
from waifusync.memory.connection import any_text
from waifusync.memory.learned import read_record
from waifusync.memory.rows import LiveTable
from waifusync.values import NamedTuple

_COLUMNS = ("user_input", "ai_response", "model_used", "timestamp", "device_id")
_BATCH = 250


class Row(NamedTuple):
    """A living memory as it stands in its table."""

    record: int
    key: str
    said: str | None
    answered: str | None
    model: str | None
    created: str | None
    device: str | None

    @property
    def told(self) -> Told:
        """By its own columns; `MemoryRows.told` knows more."""
        return told(self.said, self.answered, model=self.model)


class MemoryRows:
    """Reads the table of memories, and what is known beside it; writes nothing."""

    def __init__(self, connection: sqlite3.Connection, table: LiveTable) -> None:
        self.connection = connection
        self._table = table
        row = connection.execute(
            "SELECT count FROM waifusync_tables WHERE name = ?", (MEMORY_FACTS,)
        ).fetchone()
        self._has_facts = bool(row and row[0])

    def of(self, records: Iterable[int]) -> dict[int, Row]:
        """Those that live, by record."""
        return {row.record: row for row in self._among("r.id", list(records))}

    def by_key(self, keys: Iterable[str]) -> dict[str, Row]:
        """Those that live, by key."""
        return {row.key: row for row in self._among("r.key", list(keys))}

    def pages(self, size: int) -> Iterator[Sequence[Row]]:
        """All of them, in the order they came."""
        last = 0
        while rows := self._rows("r.id > ? ORDER BY r.id LIMIT ?", (last, size)):
            yield rows
            last = rows[-1].record

    def told(self, row: Row) -> Told:
        """With what was said about the memory."""
        facts = self.facts(row)
        return told(
            row.said, row.answered, model=row.model, agent=facts.agent, trust=trust_in(facts.trust).value
        )

    def member(self, row: Row) -> Member:
        """As one of a group. Who told of it is the source that was named, else the device."""
        facts = self.facts(row)
        source = facts.source or row.device or ""
        return Member(row.key, row.created, source, facts.tags, facts.importance, facts.confidence)

    def facts(self, row: Row) -> MemoryFacts:
        """What was said about a memory beside its row."""
        if not self._has_facts:
            return MemoryFacts()
        return MemoryFacts.from_fields(read_record(self.connection, MEMORY_FACTS, facts_key(row.key)))

    def _among(self, column: str, wanted: Sequence[object]) -> Iterator[Row]:
        for start in range(0, len(wanted), _BATCH):
            some = wanted[start : start + _BATCH]
            yield from self._rows(f"{column} IN ({', '.join('?' * len(some))})", some)

    def _rows(self, condition: str, values: Sequence[object]) -> list[Row]:
        columns = ", ".join(
            f"t.{quote(name)}" if name in self._table.columns else "NULL" for name in _COLUMNS
        )
        with any_text(self.connection):
            found = self.connection.execute(
                f"SELECT r.id, r.key, {columns} FROM waifusync_records AS r"
                f" JOIN {quote(self._table.name)} AS t ON t.{quote(self._table.rowid)} = r.row"
                f" WHERE r.tbl = {self._table.id} AND r.state = 0 AND {condition}",
                values,
            ).fetchall()
        return [Row(record, key, *map(_text, rest)) for record, key, *rest in found]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
