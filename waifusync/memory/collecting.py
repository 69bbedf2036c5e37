"""From marks to log lines: what programs did since last time, as entries of this device.

Lines and vectors go into the outbox in the same transaction that clears the marks, and stay there until they
are in git; so a crash at any moment either leaves the marks or keeps the lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from waifusync.core.values import Stored
from waifusync.errors import RefusedError
from waifusync.memory import tracking
from waifusync.memory.catalog import Catalog
from waifusync.memory.describing import describe_tables
from waifusync.memory.encoding import Resolved, hash_row, leads_nowhere
from waifusync.memory.holding import Holding
from waifusync.memory.ledger import Ledger
from waifusync.memory.outbox import Outbox
from waifusync.memory.placing import Placer
from waifusync.memory.records import Record, Records
from waifusync.memory.rows import LiveTable, share_in_common
from waifusync.memory.shelved import shelved_counts
from waifusync.memory.telling import MarkedRow, Teller
from waifusync.memory.terms import Collected
from waifusync.memory.tracking import Mark

# Below this share of bytes in common, a row that went and came back in one place is another row.
_SAME_ROW_SHARE = 0.5
# Losing all of fewer rows than this is nothing to ask about: they can be restored one by one.
_EMPTIED_AT_LEAST = 10


class TooManyDeletions(RefusedError):
    """A table lost everything it had: a person is asked whether that was meant."""


class Collector:
    """One pass over the marks, within the caller's transaction."""

    def __init__(self, ledger: Ledger, catalog: Catalog, *, wall_milliseconds: int) -> None:
        self.ledger = ledger
        self.connection = ledger.connection
        self.catalog = catalog
        self.records = Records(ledger)
        self._wall = wall_milliseconds
        self._tables = catalog.by_id()
        apart = tracking.clock_difference(ledger.connection, wall_milliseconds)
        self._outbox = Outbox(ledger, wall_milliseconds=wall_milliseconds, offset_milliseconds=apart)
        self._placer = Placer(self.records, catalog)
        self._teller = Teller(self.records, catalog, self._outbox, self._placer)
        self._waiting: dict[tuple[str, int | str], Mark] = {}
        self._unfinished: dict[tuple[str, int | str], Mark] = {}
        self._taken_over: dict[str, list[int]] = {}

    @property
    def collected(self) -> Collected:
        return self._teller.collected

    def collect(self, *, accept_deletions: bool = False) -> Collected:
        """Every mark becomes an entry, or none where nothing changed after all; the gate must be closed."""
        describe_tables(self.records, self._outbox, self._teller.folder, self.catalog.tables.values())
        self._release_held()
        tables = self.catalog.tables.values()
        marks = [(mark, table) for table in tables for mark in tracking.read_marks(self.connection, table)]
        self._waiting = {(table.name, table.token(mark.place)): mark for mark, table in marks}
        if not accept_deletions:
            self._refuse_emptied_tables()
        # Stable: marks of one moment stay parents first.
        for mark, table in sorted(marks, key=lambda pair: pair[0].milliseconds):
            self._visit(table, table.token(mark.place))
        self._follow_up()
        for name in {table.name for _, table in marks}:
            tracking.clear_marks(self.connection, self.catalog.tables[name])
        self.finish()
        return self.collected

    def _release_held(self) -> None:
        for held in Holding(self.records).release(self.catalog):
            self._teller.adopt(self._tables[held.table], held)

    def adopt(self, table: LiveTable, key: str, values: Mapping[str, Resolved]) -> Record:
        """A row from another file, as an entry that loses to everything said here; the gate must be open."""
        return self._teller.adopt_foreign(table, key, values)

    def note_departed(self, table: LiveTable, record: Record) -> None:
        """Rows that come to hold the number of a record that has no row are unlinked, and wait for it."""
        self._placer.note_departed(table, record.row, record.key)

    def finish(self) -> None:
        """Writes down how far it came; the gate must be closed."""
        self._settle()
        self.collected.entries = self._outbox.written
        self._teller.folder.flush(self.ledger)
        self._outbox.close()

    def _settle(self) -> None:
        """What left or made room here has the same consequences here as it will have elsewhere."""
        with tracking.silence(self.connection):
            self._placer.settle()

    def _refuse_emptied_tables(self) -> None:
        counts, shelved = self.ledger.table_digests(), shelved_counts(self.ledger)
        for name, table in self.catalog.tables.items():
            gone = [mark for (owner, _), mark in self._waiting.items() if owner == name and mark.gone]
            known = counts[name][1] - shelved.get(name, 0)
            if self._are_all(table, gone, known) and self._are_mostly_vacant(table, gone):
                raise TooManyDeletions(
                    f"all {known} rows of {name} were deleted since the last commit",
                    hint="if that was meant: waifusync commit --accept-deletions; to bring them back: "
                    f"waifusync restore --table {name}",
                    table=name,
                    count=known,
                )

    def _are_all(self, table: LiveTable, gone: Sequence[Mark], known: int) -> bool:
        """Whether that many records were in these places: rows that came and went untold are no loss."""
        if len(gone) < max(known, _EMPTIED_AT_LEAST):
            return False
        told = sum(self.records.by_row(table, table.token(mark.place)) is not None for mark in gone)
        return told >= max(known, _EMPTIED_AT_LEAST)

    def _are_mostly_vacant(self, table: LiveTable, gone: Sequence[Mark]) -> bool:
        """Whether the rows went for good. A program that writes a table anew fills the places again; one that
        lost its memory may have begun to fill a few."""
        vacant = sum(1 for mark in gone if table.read(self.connection, mark.place) is None)
        return 2 * vacant >= len(gone)

    def _visit(self, table: LiveTable, token: int | str) -> None:
        """Collects one place; rows it refers to come first, so that their keys exist."""
        mark = self._waiting.pop((table.name, token), None)
        if mark is None:
            return
        row = table.read(self.connection, mark.place)
        if row is None:
            self._collect_absence(table, token, mark)
            return
        for parent, value in self._parents(table, row):
            self._visit(parent, value)
        hashes = hash_row(table, row, self.records)
        if leads_nowhere(table, row, self.records):
            # A circle of new rows: the first of them goes out before the last has a key.
            self._unfinished.setdefault((table.name, token), mark)
        self._collect_row(table, MarkedRow(token, mark, row, hashes))

    def _parents(self, table: LiveTable, row: Sequence[Stored]) -> Iterator[tuple[LiveTable, int]]:
        for name, target in table.references.items():
            value = table.value(row, name)
            if isinstance(value, int) and target in self.catalog.tables:
                yield self.catalog.tables[target], value

    def _collect_absence(self, table: LiveTable, token: int | str, mark: Mark) -> None:
        record = self.records.by_row(table, token)
        if record is not None:
            self._teller.delete(table, record, mark)

    def _collect_row(self, table: LiveTable, found: MarkedRow) -> None:
        record = self._record_of(table, found)
        if record is not None and found.mark.gone and not table.is_named:
            before = table.unpack(record.fields)
            if share_in_common(table, found.row, found.hashes, before) < _SAME_ROW_SHARE:
                self._teller.delete(table, record, found.mark)
                self._taken_over.setdefault(table.name, []).append(int(found.token))
                record = None
        if record is None:
            self._teller.bear(table, found)
        else:
            self._teller.edit(table, record, found)

    def _record_of(self, table: LiveTable, found: MarkedRow) -> Record | None:
        there = self.records.by_row(table, found.token)
        if not table.is_named:
            return there
        key = table.key_of(found.hashes)
        if there is not None and there.key != key:
            # Its name holds the number of a row, and that number is another row's now.
            self._teller.delete(table, there, found.mark)
        return self.records.by_key(key)

    def _follow_up(self) -> None:
        """Rows that the first pass could not tell in full: circles, and children of a number given anew."""
        for parent, numbers in self._taken_over.items():
            for child, column in self.catalog.children_of(parent):
                for place in child.places_where(self.connection, column, numbers):
                    mark = Mark(place, self._wall, gone=False)
                    self._unfinished.setdefault((child.name, child.token(place)), mark)
        self._taken_over.clear()
        self._waiting, self._unfinished = self._unfinished, {}
        for name, token in list(self._waiting):
            self._visit(self.catalog.tables[name], token)
