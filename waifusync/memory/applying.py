"""What other devices did, applied to the live database in transactions short enough that no chat stutters.

Each transaction first collects what programs did since the last one, so that an entry of ours always says
truly what had been seen; then opens the gate, applies, and closes it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping

from waifusync.core.entry import Entry
from waifusync.core.learning.collections import TABLES
from waifusync.core.values import vector_address
from waifusync.core.versions import Head
from waifusync.memory import tracking
from waifusync.memory.ahead import Ahead, Line
from waifusync.memory.arriving import Arrivals, is_plain
from waifusync.memory.catalog import Catalog, load_catalog
from waifusync.memory.claiming import Claims
from waifusync.memory.collecting import Collector
from waifusync.memory.collections import Collection, DocumentCollection, TableCollection
from waifusync.memory.connection import synced_once, transaction
from waifusync.memory.editing import Edits, is_plain_edit
from waifusync.memory.folding import Folder
from waifusync.memory.ledger import Ledger
from waifusync.memory.noticing import look_again, needs_look, note_looked, track_new
from waifusync.memory.outbox import next_ordinal, set_next_ordinal
from waifusync.memory.placing import Placer
from waifusync.memory.records import Records
from waifusync.memory.rows import LiveTable
from waifusync.memory.schema import schema_version
from waifusync.memory.shaping import is_taken, shaping_statements
from waifusync.memory.shelved import may_be_shelved
from waifusync.memory.shelving import Shelver
from waifusync.memory.terms import Choices, Sources
from waifusync.values import NamedTuple, dataclass, field


@dataclass(slots=True)
class Applied:
    """How many entries of each device were new, and memories that came by table and device."""

    received: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


class _Way(NamedTuple):
    """The table of entries that can be taken in together, and whether they are edits; None: one by one."""

    table: TableCollection | None
    is_edit: bool


_ALONE = _Way(None, False)


class Applier:
    """Carries a stream of lines, in causal order, into the live database.

    `takes_many`: new records go the short way (arriving.py) wherever nothing stands against it. A writer
    waits for at most about `transaction_seconds`; the rest of a pull goes into further transactions.
    """

    takes_many = True
    transaction_seconds = 0.05

    def __init__(
        self,
        connection: sqlite3.Connection,
        choices: Choices,
        sources: Sources,
        *,
        wall_clock: Callable[[], int],
        claims: bool = False,
    ) -> None:
        self.connection = connection
        self.ledger = Ledger(connection)
        self._own = self.ledger.device
        self.choices = choices
        self.applied = Applied()
        self._sources = sources
        self._wall_clock = wall_clock
        self._claims = Claims(self.ledger) if claims else None
        self._heads = {device: head.number for device, head in self.ledger.heads().items()}
        self._records = Records(self.ledger)
        self._folder = Folder(self._records, sources.entry)
        self._catalog: Catalog | None = None
        self._catalog_version = 0
        self._touched_devices: dict[str, Line] = {}

    def apply(self, lines: Iterable[Line]) -> Applied:
        """All of them; each transaction that was committed stays, whatever happens to the next."""
        waiting = Ahead(lines)
        if waiting.has_more():
            with synced_once(self.connection):
                while waiting.has_more():
                    with transaction(self.connection):
                        self._one_transaction(waiting)
        return self.applied

    def _one_transaction(self, lines: Ahead) -> None:
        try:
            self._look_first()
            self._load()
            self._clock, self._touched_devices = self.ledger.clock, {}
            with tracking.silence(self.connection):
                stop = time.monotonic() + self.transaction_seconds
                while time.monotonic() < stop and (some := lines.take()):
                    self._take_some(some)
                self._close()
        except BaseException:
            self.ledger.forget_cache()
            self._records.forget()
            raise

    def _look_first(self) -> None:
        """What programs did since the last transaction is told before anything is changed."""
        self._is_looked_at = not needs_look(self.ledger)
        if self._claims:
            if not self._is_looked_at:
                track_new(self.connection, load_catalog(self.connection, self.choices))
            return
        now, catalog = self._wall_clock(), None
        if not self._is_looked_at:
            catalog = load_catalog(self.connection, self.choices)
            look_again(self.ledger, catalog, self._sources.entry, self._sources.vector, now=now)
            self._is_looked_at = True
        catalog = catalog or self._catalog or load_catalog(self.connection, self.choices)
        if tracking.has_marks(self.connection, catalog.tables):
            Collector(self.ledger, catalog, wall_milliseconds=now).collect()

    def _load(self) -> None:
        """Reads the schema again if it changed since the last transaction."""
        version = schema_version(self.connection)
        if self._catalog is None or version != self._catalog_version:
            self._reload()
        self._placer.forget_rows()
        self._records.forget()

    def _reload(self) -> None:
        self._catalog = load_catalog(self.connection, self.choices)
        self._catalog_version = schema_version(self.connection)
        self._placer = Placer(self._records, self._catalog)
        self._collections: dict[str, Collection | None] = {}
        self._arrivals = Arrivals(self._records, self._placer, self._folder)
        self._edits = Edits(self._records, self._placer, self._folder)

    def _take_some(self, lines: list[Line]) -> None:
        way, entries = _ALONE, list[Entry]()
        for line in filter(self._note, lines):
            its_way = self._way(line.entry)
            if entries and its_way != way:
                self._take_alike(way, entries)
                entries = []
                its_way = self._way(line.entry)  # what was taken may have changed what tables there are
            way = its_way
            entries.append(line.entry)
        self._take_alike(way, entries)

    def _take_alike(self, way: _Way, entries: list[Entry]) -> None:
        if way.table is None:
            self._take_each(entries)
        elif way.is_edit:
            self._take_edits(way.table, entries)
        else:
            self._take_arriving(way.table, entries)

    def _note(self, line: Line) -> bool:
        """False for what was applied before."""
        entry = line.entry
        if entry.number <= self._heads.get(entry.device, 0):
            return False
        self._heads[entry.device] = entry.number
        self._touched_devices[entry.device] = line
        self._clock = max(self._clock, entry.time)
        self.applied.received[entry.device] = self.applied.received.get(entry.device, 0) + 1
        return True

    def _take_each(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._take(entry)

    def _take(self, entry: Entry) -> None:
        if entry.device == self._own:
            self._remember_vectors(entry)
        collection = self._collection(entry.collection)
        if collection is not None:
            if not (self._claims and self._claims.claim(collection, entry, self._folder)):
                self._folder.take(collection, entry)
            if entry.collection == TABLES:
                self._shape_table(entry.key)

    def _way(self, entry: Entry) -> _Way:
        if not self.takes_many or entry.device == self._own:
            return _ALONE
        is_edit = is_plain_edit(entry)
        return _Way(self._table(entry), is_edit) if is_edit or is_plain(entry) else _ALONE

    def _table(self, entry: Entry) -> TableCollection | None:
        collection = self._collection(entry.collection)
        if not isinstance(collection, TableCollection) or (
            self._claims and self._claims.may_claim(collection)
        ):
            return None
        return collection

    def _take_arriving(self, collection: TableCollection, entries: list[Entry]) -> None:
        """In their order; those whose record was met before one by one."""
        met = self._records.met(entry.key for entry in entries)
        arriving: list[Entry] = []
        for entry in entries:
            if entry.key not in met:
                met.add(entry.key)
                arriving.append(entry)
                continue
            self._let_arrive(collection, arriving)
            arriving = []
            self._take(entry)
        self._let_arrive(collection, arriving)

    def _take_edits(self, collection: TableCollection, entries: list[Entry]) -> None:
        """In their order; where one is not so plain, it goes its own way, and then the next are looked at."""
        while entries:
            count, is_done = self._edits.take(collection, entries)
            alone = slice(count, count + 1) if is_done else slice(0, count)
            self._take_each(entries[alone])
            entries = entries[alone.stop :]

    def _let_arrive(self, collection: TableCollection, entries: list[Entry]) -> None:
        if entries and not self._arrivals.take(collection, entries):
            self._take_each(entries)

    def _remember_vectors(self, entry: Entry) -> None:
        """Our own entries coming back to a database that is behind them: their vectors' numbers are taken."""
        for value in (entry.fields or {}).values():
            address = vector_address(value)
            if address and address[1] >= next_ordinal(self.ledger, address[0]):
                set_next_ordinal(self.ledger, address[0], address[1] + 1)

    def _collection(self, name: str) -> Collection | None:
        if name not in self._collections:
            table = self._tables.get(name)
            if table is not None:
                self._collections[name] = TableCollection(table, self._placer, self._sources.vector)
            elif is_taken(self.connection, name) and not name.startswith("waifusync:"):
                self._collections[name] = None
            else:
                self._collections[name] = DocumentCollection(self._records, name)
        return self._collections[name]

    def _shape_table(self, key: str) -> None:
        """Makes the table that was described, or adds the columns that are new to this device."""
        name = key.partition(":")[2]
        described = self._collection(TABLES)
        assert isinstance(described, DocumentCollection)
        try:
            statements, left_out = shaping_statements(
                self.connection, name, self._tables.get(name), described.read(key)
            )
            for statement in statements:
                self.connection.execute(statement)
            self.applied.problems += [f"table {name}: {each}" for each in left_out]
        except (ValueError, sqlite3.Error) as error:
            self.applied.problems.append(f"table {name}: {error}")
            return
        if statements:
            self._folder.flush(self.ledger)
            self._placer.settle()
            self._reload()
            tracking.track(self.connection, self._tables[name])

    @property
    def _tables(self) -> Mapping[str, LiveTable]:
        assert self._catalog is not None
        return self._catalog.tables

    def _close(self) -> None:
        self._placer.settle()
        self._take_wanted()
        self._folder.flush(self.ledger)
        for device, line in self._touched_devices.items():
            self.ledger.set_head(device, Head(line.entry.number, line.chain))
        self.ledger.set_meta("clock", self._clock)
        if self._is_looked_at:
            note_looked(self.ledger)

    def _take_wanted(self) -> None:
        if may_be_shelved(self.ledger):
            assert self._catalog is not None
            entries, vectors = self._sources.entry, self._sources.vector
            shelver = Shelver(
                self._records, self._catalog, placer=self._placer, entries=entries, vectors=vectors
            )
            shelver.take_wanted()
