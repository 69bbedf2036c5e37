"""Rows that leave the live database to save room, and come back: alive all the while, and told in the log.

A row goes only when the log was read just now and holds all of it, so no absence can be a loss; nothing is
told of it, so no absence can be a deletion. Digests and counts of living records stay as they are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from waifusync.core import digest
from waifusync.core.fold import fold
from waifusync.errors import UntrustedError
from waifusync.memory import tracking
from waifusync.memory.catalog import Catalog
from waifusync.memory.collections import TableCollection
from waifusync.memory.embeddings import TABLE as VECTORS
from waifusync.memory.encoding import Resolved, VectorLookup, hash_row
from waifusync.memory.folding import EntryLookup
from waifusync.memory.ledger import PLAIN_FORMAT, SHELVING_FORMAT, Ledger
from waifusync.memory.noticing import own_change
from waifusync.memory.placing import Placer
from waifusync.memory.records import Record, Records, State
from waifusync.memory.shelved import IS_SHELVED, WANTED, may_be_shelved, shelved_counts
from waifusync.memory.told_values import told_values

_INDEX = "waifusync_records_shelved"


class Shelver:
    """Within the caller's transaction, all marks collected, the gate open."""

    def __init__(
        self,
        records: Records,
        catalog: Catalog,
        *,
        placer: Placer,
        entries: EntryLookup,
        vectors: VectorLookup,
    ) -> None:
        self.records = records
        self.connection = records.connection
        self._entries = entries
        self._placer = placer
        self._vectors = catalog.tables.get(VECTORS)
        self._collections = {
            table.id: TableCollection(table, placer, vectors) for table in catalog.tables.values()
        }

    def put(self, unit: Sequence[Record]) -> bool:
        """Takes placed rows out of their tables, all or none: False where row, record and log are not all
        the same. Raises UntrustedError when the log lacks what a record says."""
        if not all(map(self._is_as_told, unit)):
            return False
        for record in unit:
            self._placer.remove(self._collections[record.table].table, record, State.SHELVED)
            self.records.note_changed(record.id)
        return True

    def _is_as_told(self, record: Record) -> bool:
        collection = self._collections[record.table]
        table, hashes = collection.table, collection.unpack(record.fields)
        assert record.row is not None
        row = table.read(self.connection, table.place(record.row))
        if row is None or any(
            each != hashes.get(name, digest.UNSET)
            for name, each in hash_row(table, row, self.records).items()
        ):
            return False
        told = {name: each.hash for name, each in self._told(record).items() if each.hash != digest.UNSET}
        return told == {name: each for name, each in hashes.items() if each != digest.UNSET}

    def _told(self, record: Record) -> dict[str, Resolved]:
        collection = self._collections[record.table]
        touches = self.records.touches(record, collection.unpack(record.fields))
        return told_values(collection, record, fold(touches).winners, self._entries)

    def take(self, record: Record) -> State:
        """Puts a shelved row back, and the vectors of a memory with it; where the record stands then.

        Raises UntrustedError when the log lacks it.
        """
        collection = self._collections[record.table]
        told = self._told(record)
        collection.add(record, {**self._unset(collection, told), **told})
        self.records.note_changed(record.id)
        for vector in self._shelved_vectors(record):
            self.take(vector)
        return self.records.by_id(record.id).state

    def _unset(self, collection: TableCollection, told: dict[str, Resolved]) -> dict[str, Resolved]:
        """A default such as CURRENT_TIMESTAMP must not fill what was NULL."""
        table = collection.table
        return {
            column.name: Resolved(None, digest.UNSET)
            for column in table.shape.columns
            if column.name in table.columns
            and column.name not in {*told, *table.defaults}
            and not column.not_null
        }

    def _shelved_vectors(self, memory: Record) -> Iterator[Record]:
        if self._vectors is None or memory.table == self._vectors.id:
            return
        rows = self.connection.execute(
            f"SELECT id FROM waifusync_records WHERE tbl = ? AND {IS_SHELVED}"
            " AND json_extract(row, '$[0]') = ?",
            (self._vectors.id, memory.key),
        )
        for (number,) in rows.fetchall():
            yield self.records.by_id(number)

    def take_wanted(self) -> None:
        """Rows that others refer to since they were shelved; what the log lacks is waited for as before."""
        for (number,) in self.connection.execute(WANTED).fetchall():
            with contextlib.suppress(UntrustedError):
                self.take(self.records.by_id(number))
                self._placer.settle()


def take_wanted(records: Records, catalog: Catalog, *, entries: EntryLookup, vectors: VectorLookup) -> None:
    """Likewise, where the gate is closed."""
    with tracking.silence(records.connection):
        placer = Placer(records, catalog)
        Shelver(records, catalog, placer=placer, entries=entries, vectors=vectors).take_wanted()
        records.flush()


def begin_shelving(ledger: Ledger) -> None:
    """From now on an older waifusync, which would take a shelved row for anything else, leaves this alone."""
    if not may_be_shelved(ledger):
        statement = f"CREATE INDEX IF NOT EXISTS {_INDEX} ON waifusync_records (tbl) WHERE {IS_SHELVED}"
        with own_change(ledger):
            ledger.connection.execute(statement)
        ledger.set_meta("format", SHELVING_FORMAT)


def end_shelving(ledger: Ledger) -> None:
    """Where every row is back."""
    if may_be_shelved(ledger) and not shelved_counts(ledger):
        with own_change(ledger):
            ledger.connection.execute(f"DROP INDEX IF EXISTS {_INDEX}")
        ledger.set_meta("format", PLAIN_FORMAT)
