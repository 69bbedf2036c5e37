"""What other devices did, applied to the live database in transactions short enough that no chat stutters.

Each transaction first collects what programs did since the last one, so that an entry of ours always says
truly what had been seen; then opens the gate, applies, and closes it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from waifusync.core.entry import Entry
from waifusync.core.tables import TABLES, TableShape, add_column_statement, create_statement, from_fields
from waifusync.core.versions import Head
from waifusync.memory import tracking
from waifusync.memory.catalog import Choices, load_catalog
from waifusync.memory.claiming import Claims
from waifusync.memory.collecting import Collector
from waifusync.memory.collections import Collection, DocumentCollection, TableCollection
from waifusync.memory.connection import transaction
from waifusync.memory.encoding import VectorLookup
from waifusync.memory.folding import EntryLookup, Folder
from waifusync.memory.ledger import Ledger
from waifusync.memory.placing import Placer
from waifusync.memory.records import Records
from waifusync.memory.schema import travelling_tables

# A writer waits for at most about this long; the rest of a pull goes into further transactions.
_TRANSACTION_SECONDS = 0.05
_LOOK_AT_CLOCK_EVERY = 16


class Line(Protocol):
    """An entry and the chain hash of its line."""

    @property
    def entry(self) -> Entry: ...
    @property
    def chain(self) -> str: ...


@dataclass(slots=True)
class Applied:
    """How many entries of each device were new, and memories that came by table and device."""

    received: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where values are that the live database does not hold: the logs and the vector files."""

    entry: EntryLookup
    vector: VectorLookup


class Applier:
    """Carries a stream of lines, in causal order, into the live database."""

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
        self.choices = choices
        self.applied = Applied()
        self._sources = sources
        self._wall_clock = wall_clock
        self._claims = Claims(self.ledger) if claims else None
        self._heads = {device: head.number for device, head in self.ledger.heads().items()}

    def apply(self, lines: Iterable[Line]) -> Applied:
        """All of them; each transaction that was committed stays, whatever happens to the next."""
        waiting = _Peekable(lines)
        while waiting.has_more():
            with transaction(self.connection):
                self._one_transaction(waiting)
        return self.applied

    def _one_transaction(self, lines: _Peekable) -> None:
        try:
            self._collect_first()
            self._open()
            stop = time.monotonic() + _TRANSACTION_SECONDS
            for count, line in enumerate(lines, start=1):
                self._take(line)
                if count % _LOOK_AT_CLOCK_EVERY == 0 and time.monotonic() > stop:
                    break
            self._close()
        except BaseException:
            self.ledger.forget_cache()
            raise

    def _collect_first(self) -> None:
        catalog = load_catalog(self.connection, self.choices)
        if self._claims or not any(tracking.has_marks(self.ledger, each) for each in catalog.tables.values()):
            return
        Collector(self.ledger, catalog, wall_milliseconds=self._wall_clock()).collect(accept_deletions=True)

    def _open(self) -> None:
        self.connection.execute("INSERT INTO waifusync_gate VALUES (1)")
        self._reload()
        self._clock = self.ledger.clock
        self._touched_devices: dict[str, Head] = {}

    def _reload(self) -> None:
        self._catalog = load_catalog(self.connection, self.choices)
        self._records = Records(self.ledger)
        self._placer = Placer(self._records, self._catalog)
        self._collections: dict[str, Collection | None] = {}
        if not hasattr(self, "_folder"):
            self._folder = Folder(self._records, self._sources.entry)

    def _take(self, line: Line) -> None:
        entry = line.entry
        if entry.number <= self._heads.get(entry.device, 0):
            return
        self._heads[entry.device] = entry.number
        self._touched_devices[entry.device] = Head(entry.number, line.chain)
        self._clock = max(self._clock, entry.time)
        self.applied.received[entry.device] = self.applied.received.get(entry.device, 0) + 1
        collection = self._collection(entry.collection)
        if collection is not None:
            if not (self._claims and self._claims.claim(collection, entry, self._folder)):
                self._folder.take(collection, entry)
            if entry.collection == TABLES:
                self._shape_table(entry.key)

    def _collection(self, name: str) -> Collection | None:
        if name not in self._collections:
            table = self._catalog.tables.get(name)
            if table is not None:
                self._collections[name] = TableCollection(table, self._placer, self._sources.vector)
            elif self._is_excluded(name):
                self._collections[name] = None
            else:
                self._collections[name] = DocumentCollection(self._records, name)
        return self._collections[name]

    def _is_excluded(self, name: str) -> bool:
        exists = self.connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        return exists is not None and name not in travelling_tables(self.connection, self.choices.exclude)

    def _shape_table(self, key: str) -> None:
        """Makes the table that was described, or adds the columns that are new to this device."""
        name = key.partition(":")[2]
        described = self._collection(TABLES)
        assert isinstance(described, DocumentCollection)
        try:
            shape = from_fields(name, described.read(key))
            statements = self._statements(name, shape)
            for statement in statements:
                self.connection.execute(statement)
        except (ValueError, sqlite3.Error) as error:
            self.applied.problems.append(f"table {name}: {error}")
            return
        if statements:
            self._folder.flush(self.ledger)
            self._reload()
            tracking.track(self.connection, self._catalog.tables[name])

    def _statements(self, name: str, shape: TableShape) -> list[str]:
        live = self._catalog.tables.get(name)
        if live is None:
            taken = self.connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone()
            return [] if taken else [create_statement(shape)]
        had = {known.lower() for known in live.ordinals} | {column.lower() for column in live.shape.generated}
        return [add_column_statement(name, each) for each in shape.columns if each.name.lower() not in had]

    def _close(self) -> None:
        self._placer.retry_asides()
        self._folder.flush(self.ledger)
        for device, head in self._touched_devices.items():
            self.ledger.set_head(device, head)
        self.ledger.set_meta("clock", self._clock)
        self.ledger.set_meta(
            "schema_version", int(self.connection.execute("PRAGMA schema_version").fetchone()[0])
        )
        self.connection.execute("DELETE FROM waifusync_gate")


class _Peekable:
    """An iterator that can say whether there is more without taking it."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._next: list[Line] = []

    def has_more(self) -> bool:
        if not self._next:
            self._next = [line for line in (next(self._lines, None),) if line is not None]
        return bool(self._next)

    def __iter__(self) -> Iterator[Line]:
        while self.has_more():
            yield self._next.pop()
