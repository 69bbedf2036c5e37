"""From marks to log lines: what programs did since last time, as entries of this device.

Lines and vectors go into the outbox in the same transaction that clears the marks, and stay there until they
are in git; so a crash at any moment either leaves the marks or keeps the lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from waifusync.core import clock, digest
from waifusync.core import vectors as vector_bytes
from waifusync.core.entry import LONGEST_LINE_BYTES, Entry, format_line
from waifusync.core.tables import TABLES, quote, to_fields
from waifusync.core.values import Stored, Travel
from waifusync.core.versions import Head
from waifusync.errors import RefusedError
from waifusync.memory import tracking
from waifusync.memory.catalog import Catalog
from waifusync.memory.collections import DocumentCollection, TableCollection
from waifusync.memory.encoding import hash_row, travel_row
from waifusync.memory.folding import Folder
from waifusync.memory.ledger import Ledger
from waifusync.memory.placing import Placer, no_vectors
from waifusync.memory.records import Record, Records, State, seen_of
from waifusync.memory.rows import LiveTable, adopted_key, named_key
from waifusync.memory.tracking import Mark

# Below this share of bytes in common, a row that went and came back in one place is another row.
_SAME_ROW_SHARE = 0.5
# Losing all of fewer rows than this is nothing to ask about: they can be restored one by one.
_EMPTIED_AT_LEAST = 10


class TooManyDeletions(RefusedError):
    """A table lost everything it had: a person is asked whether that was meant."""


@dataclass(slots=True)
class Collected:
    """What one collection made: entries by kind, and by table."""

    added: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)
    entries: int = 0


class Collector:
    """One pass over the marks, within the caller's transaction, the gate being closed."""

    def __init__(
        self, ledger: Ledger, catalog: Catalog, *, wall_milliseconds: int, offset_milliseconds: int = 0
    ) -> None:
        self.ledger = ledger
        self.connection = ledger.connection
        self.catalog = catalog
        self.records = Records(ledger)
        self.collected = Collected()
        self._folder = Folder(self.records, lambda device, number: None)
        self._placer = Placer(self.records, catalog)
        self._collections = {
            name: TableCollection(table, self._placer, no_vectors) for name, table in catalog.tables.items()
        }
        self._device = ledger.device
        self._head = ledger.head(self._device)
        self._clock = ledger.clock
        self._wall = wall_milliseconds
        self._offset = offset_milliseconds
        self._waiting: dict[tuple[str, int | str], Mark] = {}

    def collect(self, *, accept_deletions: bool = False) -> Collected:
        """Every mark becomes an entry, or nothing where nothing changed after all."""
        self._describe_tables()
        marks = [
            (mark, table)
            for table in self.catalog.tables.values()
            for mark in tracking.read_marks(self.connection, table)
        ]
        self._waiting = {(table.name, table.token(mark.place)): mark for mark, table in marks}
        if not accept_deletions:
            self._refuse_emptied_tables()
        # Stable: marks of one moment stay parents first.
        for mark, table in sorted(marks, key=lambda pair: pair[0].milliseconds):
            self._visit(table, table.token(mark.place))
        for table in {table.name: table for _, table in marks}.values():
            tracking.clear_marks(self.connection, table)
        self._finish()
        return self.collected

    def _describe_tables(self) -> None:
        """New tables and columns are entries too, and go first."""
        documents = DocumentCollection(self.records, TABLES)
        for table in self.catalog.tables.values():
            key = f"table:{table.name}"
            known = documents.read(key)
            fields: dict[str, Travel] = {n: v for n, v in to_fields(table.shape).items() if n not in known}
            if fields:
                self._write_document(documents, key, fields)

    def _write_document(self, documents: DocumentCollection, key: str, fields: Mapping[str, Travel]) -> None:
        record = self.records.by_key(key)
        hashes = {name: documents.resolve(name, value, self._device).hash for name, value in fields.items()}
        seen = self._seen(record, documents.unpack(record.fields)) if record else {}
        entry = self._emit(TABLES, key, fields, seen=seen)
        values = {name: documents.resolve(name, value, self._device) for name, value in fields.items()}
        if record is None:
            number = self._folder.born(documents, entry, hashes, row=None, state=State.PLACED)
        else:
            self._folder.edited(documents, record, entry, hashes)
            number = record.id
        documents.change(self.records.by_id(number), values)

    def _refuse_emptied_tables(self) -> None:
        counts = self.ledger.table_digests()
        for name, table in self.catalog.tables.items():
            gone = sum(1 for (owner, _), mark in self._waiting.items() if owner == name and mark.gone)
            known = counts[name][1]
            if gone >= max(known, _EMPTIED_AT_LEAST) and not self._any_row(table):
                raise TooManyDeletions(
                    f"all {known} rows of {name} were deleted since the last commit",
                    hint="if that was meant: waifusync commit --accept-deletions; to bring them back: "
                    f"waifusync restore --table {name}",
                    table=name,
                    count=known,
                )

    def _any_row(self, table: LiveTable) -> bool:
        return self.connection.execute(f"SELECT 1 FROM {quote(table.name)} LIMIT 1").fetchone() is not None

    def _visit(self, table: LiveTable, token: int | str) -> None:
        """Collects one place; rows it refers to come first, so that their keys exist."""
        mark = self._waiting.pop((table.name, token), None)
        if mark is None:
            return
        row = table.read(self.connection, mark.place)
        for parent, value in self._parents(table, row):
            self._visit(parent, value)
        if row is None:
            self._collect_absence(table, token, mark)
        else:
            self._collect_row(table, token, mark, row)

    def _parents(self, table: LiveTable, row: tuple[Stored, ...] | None) -> list[tuple[LiveTable, int]]:
        if row is None:
            return []
        found = []
        for name, value in zip(table.columns, row, strict=True):
            parent = self.catalog.tables.get(table.references.get(name, ""))
            if parent is not None and isinstance(value, int):
                found.append((parent, value))
        return found

    def _collect_absence(self, table: LiveTable, token: int | str, mark: Mark) -> None:
        record = self.records.by_row(table, token)
        if record is not None:
            self._delete(table, record, mark)

    def _collect_row(self, table: LiveTable, token: int | str, mark: Mark, row: tuple[Stored, ...]) -> None:
        hashes = hash_row(table, row, self.records)
        record = self._record_of(table, token, hashes)
        if (
            record is not None
            and mark.gone
            and not table.is_named
            and not self._is_same_row(table, record, row, hashes)
        ):
            self._delete(table, record, mark)
            record = None
        if record is None:
            self._bear(table, token, mark, row, hashes)
        else:
            self._edit(table, record, token, mark, row, hashes)

    def _record_of(self, table: LiveTable, token: int | str, hashes: Mapping[str, bytes]) -> Record | None:
        if not table.is_named:
            return self.records.by_row(table, token)
        return self.records.by_key(named_key(table.name, [hashes[name] for name in table.key_columns]))

    def _is_same_row(
        self, table: LiveTable, record: Record, row: tuple[Stored, ...], hashes: Mapping[str, bytes]
    ) -> bool:
        """REPLACE takes a row away and puts it back; a number given out again holds another row."""
        before = table.unpack(record.fields)
        sizes = {
            name: len(str(value)) for name, value in zip(table.columns, row, strict=True) if value is not None
        }
        same = sum(size for name, size in sizes.items() if before.get(name) == hashes[name])
        return same >= _SAME_ROW_SHARE * sum(sizes.values())

    def _bear(
        self,
        table: LiveTable,
        token: int | str,
        mark: Mark,
        row: tuple[Stored, ...],
        hashes: dict[str, bytes],
    ) -> None:
        was_there = mark.milliseconds == tracking.BEFORE_TRACKING
        if table.is_named:
            key = named_key(table.name, [hashes[name] for name in table.key_columns])
        elif was_there:
            key = self._adopted_key(table, hashes)
        else:
            key = f"{self._device}-{self._head.number + 1}"
        values = {
            name: value
            for name, value in zip(table.columns, row, strict=True)
            if hashes[name] != digest.UNSET
        }
        fields = travel_row(table, values, self.records, self._file_vector)
        entry = self._emit(table.name, key, fields, at=mark.milliseconds, adopted=was_there)
        self._folder.born(self._collections[table.name], entry, hashes, row=token, state=State.PLACED)
        _count(self.collected.added, table)

    def _adopted_key(self, table: LiveTable, hashes: Mapping[str, bytes]) -> str:
        occurrence = 1
        while self.records.by_key(adopted_key(table.name, hashes, occurrence)) is not None:
            occurrence += 1
        return adopted_key(table.name, hashes, occurrence)

    def _edit(
        self,
        table: LiveTable,
        record: Record,
        token: int | str,
        mark: Mark,
        row: tuple[Stored, ...],
        hashes: dict[str, bytes],
    ) -> None:
        is_back = record.state != State.PLACED
        before = {} if is_back else table.unpack(record.fields)
        waiting = self._waiting_fields(record)
        changed = {
            name: value
            for name, value in zip(table.columns, row, strict=True)
            if hashes[name] != before.get(name, digest.UNSET) and not (value is None and name in waiting)
        }
        if not changed and not is_back:
            return
        fields = travel_row(table, {**_models(table, row), **changed}, self.records, self._file_vector)
        fields = {name: fields[name] for name in changed}
        seen = self._seen(record, table.unpack(record.fields))
        entry = self._emit(table.name, record.key, fields, at=mark.milliseconds, seen=seen)
        self._folder.edited(
            self._collections[table.name], record, entry, {name: hashes[name] for name in changed}
        )
        self._stand(record, token, changed)
        _count(self.collected.changed, table)

    def _stand(self, record: Record, token: int | str, changed: Mapping[str, Stored]) -> None:
        """The row is where the program put it, whatever was known of it before."""
        fresh = self.records.by_id(record.id)
        self.records.change(record.id, row=token, state=State.PLACED, fields=fresh.fields)
        self.connection.execute("DELETE FROM waifusync_aside WHERE record = ?", (record.id,))
        self.connection.executemany(
            "DELETE FROM waifusync_pending WHERE record = ? AND field = ?",
            [(record.id, name) for name in changed],
        )

    def _waiting_fields(self, record: Record) -> set[str]:
        rows = self.connection.execute("SELECT field FROM waifusync_pending WHERE record = ?", (record.id,))
        return {name for (name,) in rows}

    def _delete(self, table: LiveTable, record: Record, mark: Mark) -> None:
        seen = self._seen(record, table.unpack(record.fields))
        entry = self._emit(table.name, record.key, None, at=mark.milliseconds, seen=seen)
        self._folder.edited(self._collections[table.name], record, entry, {})
        fresh = self.records.by_id(record.id)
        self.records.change(record.id, row=record.row, state=State.DELETED, fields=fresh.fields)
        self.connection.execute("DELETE FROM waifusync_pending WHERE record = ?", (record.id,))
        _count(self.collected.deleted, table)

    def _seen(self, record: Record, hashes: Mapping[str, bytes]) -> dict[str, int]:
        return seen_of(self.records.touches(record, hashes))

    def _file_vector(self, content: bytes, model: str) -> Travel:
        group = vector_bytes.group_name(model, vector_bytes.dimension_of(content))
        ordinal = int(self.ledger.meta(f"ordinal:{group}") or 0)
        self.ledger.set_meta(f"ordinal:{group}", ordinal + 1)
        self.connection.execute(
            "INSERT INTO waifusync_vectors VALUES (?, ?, ?, ?)",
            (self._head.number + 1, group, ordinal, content),
        )
        return {"v": [group, ordinal, vector_bytes.vector_digest(content)]}

    def _emit(
        self,
        collection: str,
        key: str,
        fields: Mapping[str, Travel] | None,
        *,
        at: int | None = None,
        seen: Mapping[str, int] | None = None,
        adopted: bool = False,
    ) -> Entry:
        """The next entry of this device, as a line in the outbox."""
        wall = self._wall if not at else at + self._offset
        self._clock = clock.tick(self._clock, wall)
        number = self._head.number + 1
        entry = Entry(self._device, number, self._clock, collection, key, fields, seen or {}, adopted)
        line, chain = format_line(entry, self._head.chain)
        if len(line) > LONGEST_LINE_BYTES // 2 and len(line.encode()) > LONGEST_LINE_BYTES:
            raise RefusedError(
                f"a row of {collection} is larger than {LONGEST_LINE_BYTES >> 20} MiB and cannot travel",
                hint=f"shorten it, or list {collection} under exclude in waifusync.toml",
            )
        self.connection.execute("INSERT INTO waifusync_outbox VALUES (?, ?)", (number, line))
        self._head = Head(number, chain)
        self.collected.entries += 1
        return entry

    def _finish(self) -> None:
        self._folder.flush(self.ledger)
        self.ledger.set_head(self._device, self._head)
        self.ledger.set_meta("clock", self._clock)


def _models(table: LiveTable, row: tuple[Stored, ...]) -> dict[str, Stored]:
    """The columns that name vectors' models, which filing a vector needs even if only the vector changed."""
    return {
        name: value for name, value in zip(table.columns, row, strict=True) if name in table.vectors.values()
    }


def _count(counts: dict[str, int], table: LiveTable) -> None:
    counts[table.name] = counts.get(table.name, 0) + 1
