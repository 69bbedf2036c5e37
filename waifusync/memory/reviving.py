"""Deleting records and bringing them back, told as entries of this device and carried out at once.

A deletion has seen everything that was said of the record; a restoration has seen the deletion too, and tells
all fields anew, from the row's last life. So both mean the same on every device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from waifusync.core.fold import fold
from waifusync.core.values import Travel, reference
from waifusync.memory import tracking
from waifusync.memory.catalog import Catalog
from waifusync.memory.collections import TableCollection
from waifusync.memory.encoding import Resolved, travel_row
from waifusync.memory.folding import Folder
from waifusync.memory.ledger import Ledger
from waifusync.memory.outbox import Outbox
from waifusync.memory.placing import Placer
from waifusync.memory.records import Record, Records, State, StoredTouch, seen_of
from waifusync.memory.rows import LiveTable
from waifusync.memory.shelving import Shelver
from waifusync.memory.terms import Sources
from waifusync.memory.told_values import told_values


class Reviver:
    """Within the caller's transaction, all marks collected. Made by `reviving`."""

    def __init__(self, ledger: Ledger, catalog: Catalog, sources: Sources, *, wall_milliseconds: int) -> None:
        self.records = Records(ledger)
        self._ledger = ledger
        self._sources = sources
        self._placer = Placer(self.records, catalog)
        self._folder = Folder(self.records, sources.entry)
        self._outbox = Outbox(ledger, wall_milliseconds=wall_milliseconds)
        self._shelver = Shelver(
            self.records, catalog, placer=self._placer, entries=sources.entry, vectors=sources.vector
        )
        self._tables = catalog.by_id()
        self._collections = {
            table.id: TableCollection(table, self._placer, sources.vector)
            for table in catalog.tables.values()
        }

    def is_row(self, record: Record) -> bool:
        """Whether the record belongs to a table of the person's that is here."""
        return record.table in self._tables

    def delete(self, record: Record) -> None:
        """A living record, wherever it is."""
        collection = self._collections[record.table]
        seen = seen_of(self._touches(record))
        entry = self._outbox.write(collection.table.name, record.key, None, seen=seen)
        self._folder.take_resolved(collection, entry, {})

    def revive(self, record: Record) -> State:
        """A deleted record, as it was; where it stands then. Raises UntrustedError when the log lacks it."""
        collection = self._collections[record.table]
        touches = self._touches(record)
        edits = [touch for touch in touches if touch.fields is not None]
        values = told_values(collection, record, fold(edits).winners, self._sources.entry)
        fields = self._travel(collection.table, values)
        entry = self._outbox.write(collection.table.name, record.key, fields, seen=seen_of(touches))
        self._folder.take_resolved(collection, entry, values)
        return self.records.by_id(record.id).state

    def take_shelved(self, record: Record) -> State:
        """One that is in the log only, back in its table, with nothing told of it. Raises likewise."""
        return self._shelver.take(record)

    def put_back(self, table: LiveTable) -> list[str]:
        """Rows whose deletion is only marked, not told: back from the log, as if it had never been."""
        collection, connection = self._collections[table.id], self.records.connection
        keys = []
        for mark in tracking.read_marks(connection, table):
            record = self.records.by_row(table, table.token(mark.place)) if mark.gone else None
            if record is not None and table.read(connection, mark.place) is None:
                touches = self._touches(record)
                winners = fold(touches).winners
                collection.add(record, told_values(collection, record, winners, self._sources.entry))
                tracking.take_mark(connection, table, mark.place)
                keys.append(record.key)
        return keys

    def _touches(self, record: Record) -> list[StoredTouch]:
        hashes = self._collections[record.table].unpack(record.fields)
        return self.records.touches(record, hashes)

    def _travel(self, table: LiveTable, values: Mapping[str, Resolved]) -> dict[str, Travel]:
        plain = {name: each.value for name, each in values.items()}
        waiting = {name: reference(each.waits_for) for name, each in values.items() if each.waits_for}
        return travel_row(table, plain, self.records, self._outbox.file_vector) | waiting

    def close(self) -> None:
        """Writes down what it came to, before the gate closes."""
        self._placer.settle()
        self._folder.flush(self._ledger)
        self._outbox.close()


@contextmanager
def reviving(
    ledger: Ledger, catalog: Catalog, sources: Sources, *, wall_clock: Callable[[], int]
) -> Iterator[Reviver]:
    """The gate is open as long as the block lasts; a rollback of the caller's undoes all of it."""
    reviver = Reviver(ledger, catalog, sources, wall_milliseconds=wall_clock())
    ledger.connection.execute("INSERT INTO waifusync_gate VALUES (1)")
    yield reviver
    reviver.close()
    ledger.connection.execute("DELETE FROM waifusync_gate")
