"""What happened to one row, told as an entry: born, edited, or deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from waifusync.core import digest
from waifusync.core.values import Stored
from waifusync.memory import tracking
from waifusync.memory.catalog import Catalog
from waifusync.memory.collections import TableCollection
from waifusync.memory.encoding import Resolved, nowhere_key, travel_row
from waifusync.memory.folding import Folder
from waifusync.memory.holding import Held
from waifusync.memory.outbox import Outbox
from waifusync.memory.placing import Placer, no_vectors
from waifusync.memory.records import Record, Records, State, StoredTouch, seen_of
from waifusync.memory.rows import LiveTable, adopted_key
from waifusync.memory.terms import Collected
from waifusync.memory.tracking import Mark
from waifusync.values import dataclass


@dataclass(frozen=True, slots=True)
class MarkedRow:
    """A row as it stands where a mark is."""

    token: int | str
    mark: Mark
    row: Sequence[Stored]
    hashes: dict[str, bytes]


class Teller:
    """Writes entries for rows, and keeps the ledger true to them; the rows themselves stay as they are."""

    def __init__(self, records: Records, catalog: Catalog, outbox: Outbox, placer: Placer) -> None:
        self.records = records
        self.collected = Collected()
        self.folder = Folder(records, lambda device, number: None)
        self.outbox = outbox
        self._catalog = catalog
        self._placer = placer
        self._collections = {
            name: TableCollection(table, placer, no_vectors) for name, table in catalog.tables.items()
        }

    def bear(self, table: LiveTable, found: MarkedRow) -> None:
        """A row that is no record yet."""
        was_there = found.mark.milliseconds == tracking.BEFORE_TRACKING
        key = self._new_key(table, found.hashes, was_there=was_there)
        row = zip(table.columns, found.row, found.hashes.values(), strict=True)
        told = {name: value for name, value, hashed in row if hashed != digest.UNSET}
        fields = travel_row(table, told, self.records, self.outbox.file_vector)
        entry = self.outbox.write(table.name, key, fields, at=found.mark.milliseconds, adopted=was_there)
        collection = self._collections[table.name]
        self.folder.born(collection, entry, found.hashes, row=found.token)
        self._note_lost_parents(table, found.row)
        _count(self.collected.added, table)

    def _new_key(self, table: LiveTable, hashes: Mapping[str, bytes], *, was_there: bool) -> str:
        if table.is_named:
            return table.key_of(hashes)
        if not was_there:
            return f"{self.outbox.device}-{self.outbox.next_number}"
        occurrence = 1
        while self.records.by_key(adopted_key(table.name, hashes, occurrence)) is not None:
            occurrence += 1
        return adopted_key(table.name, hashes, occurrence)

    def edit(self, table: LiveTable, record: Record, found: MarkedRow) -> None:
        """A row that may differ from its record; one that was deleted, set aside or shelved is back."""
        is_back = record.state in (State.DELETED, State.ASIDE)
        before = {} if is_back else table.unpack(record.fields)
        waiting = self._waiting_fields(record)
        changed = _changed(table, found, before, waiting)
        if not changed and not is_back:
            if record.state == State.SHELVED:
                self._stand(record, found.token)
                self.records.note_changed(record.id)
            return
        if table.is_atomic:
            changed = _changed(table, found, None, waiting)
        models = {
            name: table.value(found.row, name) for name in table.vectors.values() if name in table.columns
        }
        fields = travel_row(table, {**models, **changed}, self.records, self.outbox.file_vector)
        known = self._touches(table, record)
        told = {name: fields[name] for name in changed}
        at = found.mark.milliseconds
        entry = self.outbox.write(table.name, record.key, told, at=at, seen=seen_of(known))
        hashes = {name: found.hashes[name] for name in changed}
        edited = self.folder.edited(self._collections[table.name], record, entry, hashes, known=known)
        self._stand(edited, found.token)
        if waiting:
            self._no_longer_wait(record, waiting.intersection(changed))
        self._note_lost_parents(table, found.row)
        _count(self.collected.changed, table)

    def adopt(self, table: LiveTable, held: Held) -> None:
        """A row that was here before this database joined, and that the log has under the same name."""
        record = self.records.by_key(held.key)
        if record is None or not held.news:
            return
        fields = travel_row(table, held.news, self.records, self.outbox.file_vector)
        entry = self.outbox.write(table.name, held.key, fields, adopted=True)
        values = {n: Resolved(each, bytes.fromhex(held.hashes[n])) for n, each in held.news.items()}
        with tracking.silence(self.records.connection):
            self.folder.take_resolved(self._collections[table.name], entry, values)
        _count(self.collected.added, table)

    def adopt_foreign(self, table: LiveTable, key: str, values: Mapping[str, Resolved]) -> Record:
        """A row from another file: its record, placed or set aside."""
        told = {name: each.value for name, each in values.items()}
        fields = travel_row(table, told, self.records, self.outbox.file_vector)
        entry = self.outbox.write(table.name, key, fields, adopted=True)
        self.folder.take_resolved(self._collections[table.name], entry, values)
        _count(self.collected.added, table)
        record = self.records.by_key(key)
        assert record is not None
        return record

    def _stand(self, record: Record, token: int | str) -> None:
        """The row is where the program put it, whatever was known of it before."""
        if record.state == State.PLACED and record.row == token:
            return
        self.records.change(record.id, row=token, state=State.PLACED, fields=record.fields)
        self.records.connection.execute("DELETE FROM waifusync_aside WHERE record = ?", (record.id,))

    def _no_longer_wait(self, record: Record, fields: Iterable[str]) -> None:
        self.records.connection.executemany(
            "DELETE FROM waifusync_pending WHERE record = ? AND field = ?",
            [(record.id, name) for name in fields],
        )

    def _waiting_fields(self, record: Record) -> set[str]:
        if not self._placer.is_any_pending():
            return set()
        query = "SELECT field FROM waifusync_pending WHERE record = ?"
        return {name for (name,) in self.records.connection.execute(query, (record.id,))}

    def delete(self, table: LiveTable, record: Record, mark: Mark) -> None:
        """A row that a program took away."""
        known = self._touches(table, record)
        entry = self.outbox.write(table.name, record.key, None, at=mark.milliseconds, seen=seen_of(known))
        edited = self.folder.edited(self._collections[table.name], record, entry, {}, known=known)
        self.records.change(record.id, row=record.row, state=State.DELETED, fields=edited.fields)
        self.records.connection.execute("DELETE FROM waifusync_pending WHERE record = ?", (record.id,))
        self._placer.note_departed(table, record.row, record.key)
        _count(self.collected.deleted, table)

    def _touches(self, table: LiveTable, record: Record) -> list[StoredTouch]:
        return self.records.touches(record, table.unpack(record.fields))

    def _note_lost_parents(self, table: LiveTable, row: Sequence[Stored]) -> None:
        """A program may have written the number of a row that was taken away a moment before."""
        for name, target in table.references.items():
            parent, value = self._catalog.tables.get(target), table.value(row, name)
            if parent is None or not isinstance(value, int):
                continue
            record = self.records.referred(target, value)
            if record is None or record.state != State.PLACED:
                key = nowhere_key(self.outbox.device, target, value) if record is None else record.key
                self._placer.note_departed(parent, value, key)


def _changed(
    table: LiveTable, found: MarkedRow, before: Mapping[str, bytes] | None, waiting: AbstractSet[str]
) -> dict[str, Stored]:
    """Columns with another value than before, None: all of them; but for those that wait for a record."""
    return {
        name: value
        for name, value in zip(table.columns, found.row, strict=True)
        if (before is None or found.hashes[name] != before.get(name, digest.UNSET))
        and not (value is None and name in waiting)
    }


def _count(counts: dict[str, int], table: LiveTable) -> None:
    counts[table.name] = counts.get(table.name, 0) + 1
