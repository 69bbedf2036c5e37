"""A collection as the fold sees it: named fields with hashes, and somewhere to keep the values.

A `TableCollection` keeps them in a live table, a `DocumentCollection` (everything that is no table of the
person's: descriptions of tables, and what a newer waifusync may have added) in a table of our own.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Protocol

from waifusync.core import digest
from waifusync.core.values import Travel
from waifusync.memory.catalog import register
from waifusync.memory.encoding import Resolved, VectorLookup, resolve
from waifusync.memory.placing import Placer
from waifusync.memory.records import Record, Records, State
from waifusync.memory.rows import LiveTable


class Collection(Protocol):
    """What folding needs of either kind."""

    id: int

    def resolve(self, name: str, travel: Travel, device: str) -> Resolved: ...
    def unset(self, name: str) -> Resolved: ...
    def pack(self, hashes: Mapping[str, bytes]) -> bytes: ...
    def unpack(self, packed: bytes) -> dict[str, bytes]: ...
    def record_hash(self, key: str, hashes: Mapping[str, bytes]) -> int: ...
    def add(self, record: Record, values: Mapping[str, Resolved]) -> None: ...
    def change(self, record: Record, values: Mapping[str, Resolved]) -> None: ...
    def remove(self, record: Record) -> None: ...


class TableCollection:
    """A live table of the person's."""

    def __init__(self, table: LiveTable, placer: Placer, lookup: VectorLookup) -> None:
        self.id = table.id
        self.table = table
        self._placer = placer
        self._lookup = lookup

    def resolve(self, name: str, travel: Travel, device: str) -> Resolved:
        return resolve(self.table, name, travel, self._placer.records, device, self._lookup)

    def unset(self, name: str) -> Resolved:
        return Resolved(self.table.defaults.get(name), digest.UNSET)

    def pack(self, hashes: Mapping[str, bytes]) -> bytes:
        unknown = [name for name in hashes if name not in self.table.ordinals]
        if unknown:
            _, ordinals = register(self._placer.connection, self.table.name, unknown)
            self.table.ordinals.update(ordinals)
        return self.table.pack(hashes)

    def unpack(self, packed: bytes) -> dict[str, bytes]:
        return self.table.unpack(packed)

    def record_hash(self, key: str, hashes: Mapping[str, bytes]) -> int:
        return self.table.record_hash(key, hashes)

    def add(self, record: Record, values: Mapping[str, Resolved]) -> None:
        self._placer.add(self.table, record, self._placer.token_for(self.table, record, values), values)

    def change(self, record: Record, values: Mapping[str, Resolved]) -> None:
        self._placer.change(self.table, record, values)

    def remove(self, record: Record) -> None:
        self._placer.remove(self.table, record)


class DocumentCollection:
    """Records without a live table; every value is kept as the JSON it came as."""

    def __init__(self, records: Records, name: str) -> None:
        self.name = name
        self._records = records
        self._connection: sqlite3.Connection = records.connection
        self.id, self._ordinals = register(records.connection, name, [])

    def resolve(self, name: str, travel: Travel, device: str) -> Resolved:
        text = json.dumps(travel, ensure_ascii=False, sort_keys=True)
        return Resolved(text, digest.UNSET if travel is None else digest.field_hash(text))

    def unset(self, name: str) -> Resolved:
        return Resolved("null", digest.UNSET)

    def pack(self, hashes: Mapping[str, bytes]) -> bytes:
        if any(name not in self._ordinals for name in hashes):
            _, self._ordinals = register(self._connection, self.name, list(hashes))
        places = {self._ordinals[name]: each for name, each in hashes.items() if each != digest.UNSET}
        # No further than its last field: how many others have by now is another question.
        return b"".join(places.get(place, digest.UNSET) for place in range(max(places, default=-1) + 1))

    def unpack(self, packed: bytes) -> dict[str, bytes]:
        size = digest.FIELD_BYTES
        return {
            name: packed[place * size : (place + 1) * size] or digest.UNSET
            for name, place in self._ordinals.items()
        }

    def record_hash(self, key: str, hashes: Mapping[str, bytes]) -> int:
        return digest.record_hash(self.name, key, hashes.items())

    def add(self, record: Record, values: Mapping[str, Resolved]) -> None:
        self._records.change(record.id, row=None, state=State.PLACED, fields=record.fields)
        self.change(record, values)

    def change(self, record: Record, values: Mapping[str, Resolved]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO waifusync_documents VALUES (?, ?, ?)",
            [(record.id, name, each.value) for name, each in values.items()],
        )

    def remove(self, record: Record) -> None:
        self._connection.execute("DELETE FROM waifusync_documents WHERE record = ?", (record.id,))
        self._records.change(record.id, row=None, state=State.DELETED, fields=record.fields)

    def read(self, key: str) -> dict[str, Travel]:
        """The values of one living record; empty when there is none."""
        rows = self._connection.execute(
            "SELECT field, value FROM waifusync_documents AS d JOIN waifusync_records AS r ON r.id = d.record"
            " WHERE r.key = ? AND r.tbl = ?",
            (key, self.id),
        )
        return {field: json.loads(value) for field, value in rows}

    def keys(self) -> list[str]:
        """The keys of the living records."""
        rows = self._connection.execute(
            "SELECT key FROM waifusync_records WHERE tbl = ? AND state = 0", (self.id,)
        )
        return [key for (key,) in rows.fetchall()]
