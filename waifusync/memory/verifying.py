"""Proof that the live database is what its entries come to: records equal the fold, rows equal the records.

Reads only, as streams. A record that one entry made is compared with that entry as it goes by; entries of
records that several touched are kept in a file of SQLite's own, which goes by itself, and folded in the end.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from itertools import groupby

from waifusync.core import digest
from waifusync.core.entry import Entry
from waifusync.core.fold import fold
from waifusync.core.tables import quote
from waifusync.core.values import reference_key, to_stored, vector_address
from waifusync.memory import tracking
from waifusync.memory.catalog import Catalog
from waifusync.memory.collections import DocumentCollection
from waifusync.memory.encoding import VectorLookup, hash_row
from waifusync.memory.folding import stored_touch
from waifusync.memory.ledger import Ledger
from waifusync.memory.records import Records, State, StoredTouch
from waifusync.memory.rows import LiveTable
from waifusync.memory.shaping import is_taken
from waifusync.values import dataclass, field

# More of one kind would only bury the rest.
_MOST_FAULTS = 1000
_BATCH = 512


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one record or table; device and number name the entry that proves it, if any."""

    table: str
    key: str
    reason: str
    device: str = ""
    number: int = 0


@dataclass(slots=True)
class Checked:
    """Records and rows that were compared, by table, and what was found wrong; `uncollected` rows were
    changed by programs since the last sync, so they prove nothing."""

    records: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    uncollected: int = 0
    faults: list[Fault] = field(default_factory=list)
    more: int = 0

    def add(self, fault: Fault) -> None:
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(fault)
        else:
            self.more += 1


class FoldCheck:
    """Feed it every entry up to the heads of the database, in any order; then `finish`."""

    def __init__(self, ledger: Ledger, catalog: Catalog, vectors: VectorLookup, checked: Checked) -> None:
        self.ledger = ledger
        self.checked = checked
        self._connection = ledger.connection
        self._catalog = catalog
        self._records = Records(ledger)
        self._vectors = vectors
        self._heads = {device: head.number for device, head in ledger.heads().items()}
        self._documents: dict[str, DocumentCollection | None] = {}
        self._single = self._folded = 0
        self._waiting: list[tuple[str, str, str]] = []
        # "" is a database in a temporary file: what does not fit into its cache goes to the disk.
        self._spilled = sqlite3.connect("", isolation_level=None)
        self._spilled.execute("CREATE TABLE touch (collection TEXT, key TEXT, content TEXT)")
        self._spilled.execute("BEGIN")

    def visit(self, entry: Entry) -> None:
        if entry.number > self._heads.get(entry.device, 0) or not self._travels(entry.collection):
            return
        hashes = {name: self._hash(entry, name) for name in entry.fields or ()}
        if self._made_alone(entry):
            self._single += 1
            self._compare(entry, hashes)
        else:
            self._spill(stored_touch(entry, hashes), entry)

    def finish(self, *, is_complete: bool) -> None:
        """Folds what several entries touched, and counts, where `is_complete`: every entry could be read."""
        self._flush()
        rows = self._spilled.execute("SELECT collection, key, content FROM touch ORDER BY collection, key")
        for (collection, key), group in groupby(rows, key=lambda row: (row[0], row[1])):
            self._compare_folded(collection, key, [_touch(row[2]) for row in group])
        self._spilled.close()
        (known,) = self._connection.execute("SELECT count(*) FROM waifusync_records").fetchone()
        if is_complete and known > self._single + self._folded:
            count = known - self._single - self._folded
            self.checked.add(Fault("", "", f"{count} records that no entry made"))

    def _travels(self, collection: str) -> bool:
        if collection in self._catalog.tables or collection.startswith("waifusync:"):
            return True
        return not is_taken(self._connection, collection)

    def _hash(self, entry: Entry, name: str) -> bytes:
        travel = (entry.fields or {})[name]
        table = self._catalog.tables.get(entry.collection)
        if table is None:
            text = json.dumps(travel, ensure_ascii=False, sort_keys=True)
            return digest.UNSET if travel is None else digest.field_hash(text)
        if not isinstance(travel, dict):
            return table.hash_of(name, travel)
        key, address = reference_key(travel), vector_address(travel)
        if key is not None:
            return digest.reference_hash(key)
        value = self._vectors(entry.device, *address) if address else to_stored(travel)
        return table.hash_of(name, value)

    def _made_alone(self, entry: Entry) -> bool:
        if entry.seen or entry.fields is None:
            return False
        record = self._records.by_key(entry.key)
        if record is None or record.state == State.DELETED or record.number != entry.number:
            return False
        touched = self._connection.execute(
            "SELECT 1 FROM waifusync_touches WHERE record = ? LIMIT 1", (record.id,)
        ).fetchone()
        self._record = record
        return touched is None and self.ledger.device_name(record.device) == entry.device

    def _compare(self, entry: Entry, hashes: Mapping[str, bytes]) -> None:
        names = self.checked.records
        names[entry.collection] = names.get(entry.collection, 0) + 1
        if not self._agree(entry.collection, self._record.fields, hashes):
            reason = "the ledger has other values than the entry that made it"
            self.checked.add(Fault(entry.collection, entry.key, reason, entry.device, entry.number))

    def _agree(self, collection: str, packed: bytes, hashes: Mapping[str, bytes]) -> bool:
        ordinals = self._ordinals(collection)
        size = digest.FIELD_BYTES
        told = {ordinals.get(name): each for name, each in hashes.items() if each != digest.UNSET}
        found = {
            start // size: packed[start : start + size]
            for start in range(0, len(packed), size)
            if packed[start : start + size] != digest.UNSET
        }
        return told == found

    def _ordinals(self, collection: str) -> Mapping[str, int]:
        table = self._catalog.tables.get(collection)
        if table is not None:
            return table.ordinals
        row = self._connection.execute(
            "SELECT columns FROM waifusync_tables WHERE name = ?", (collection,)
        ).fetchone()
        return {name: place for place, name in enumerate(json.loads(row[0]) if row else ())}

    def _spill(self, touch: StoredTouch, entry: Entry) -> None:
        content = (touch.device, touch.number, touch.time, touch.adopted, dict(touch.seen), touch.fields)
        self._waiting.append((entry.collection, entry.key, json.dumps(content)))
        if len(self._waiting) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        self._spilled.executemany("INSERT INTO touch VALUES (?, ?, ?)", self._waiting)
        self._waiting.clear()

    def _compare_folded(self, collection: str, key: str, touches: list[StoredTouch]) -> None:
        folded, last = fold(touches), touches[-1]
        names = self.checked.records
        names[collection] = names.get(collection, 0) + 1
        record = self._records.by_key(key)
        self._folded += record is not None
        if record is None:
            reason = "an entry made it, and the ledger does not know it"
        elif folded.alive != (record.state != State.DELETED):
            reason = "it is deleted in the ledger, and alive in the log" if folded.alive else "it was deleted"
        else:
            hashes = {
                name: bytes.fromhex(str((winner.fields or {})[name]))
                for name, winner in folded.winners.items()
            }
            if not folded.alive or self._agree(collection, record.fields, hashes):
                return
            reason = "the ledger has other values than its entries come to"
        self.checked.add(Fault(collection, key, reason, last.device, last.number))


def _touch(content: str) -> StoredTouch:
    return StoredTouch(*json.loads(content))


def check_digests(ledger: Ledger, catalog: Catalog, checked: Checked) -> None:
    """Each table's digest and count are those of its living records."""
    names: dict[int, str] = dict(
        ledger.connection.execute("SELECT id, name FROM waifusync_tables").fetchall()
    )
    totals = dict.fromkeys(names, (0, 0))
    unpackers = {number: _columns_of(ledger, name) for number, name in names.items()}
    for table, key, fields in ledger.connection.execute(
        "SELECT tbl, key, fields FROM waifusync_records WHERE state <> ?", (int(State.DELETED),)
    ):
        total, count = totals.get(table, (0, 0))
        size = digest.FIELD_BYTES
        hashes = [
            (name, fields[place * size : (place + 1) * size] or digest.UNSET)
            for place, name in enumerate(unpackers.get(table, ()))
        ]
        total = digest.add(total, added=digest.record_hash(names.get(table, ""), key, hashes))
        totals[table] = (total, count + 1)
    told = ledger.table_digests()
    for number, name in names.items():
        if told[name] != totals[number]:
            checked.add(Fault(name, "", "the ledger's digest is not that of its records"))


def _columns_of(ledger: Ledger, name: str) -> list[str]:
    (text,) = ledger.connection.execute(
        "SELECT columns FROM waifusync_tables WHERE name = ?", (name,)
    ).fetchone()
    columns: list[str] = json.loads(text)
    return columns


class RowCheck:
    """Every row of the person's tables against its record."""

    def __init__(self, ledger: Ledger, catalog: Catalog, checked: Checked) -> None:
        self._connection = ledger.connection
        self._catalog = catalog
        self._records = Records(ledger)
        self._checked = checked

    def check(self) -> None:
        for table in self._catalog.tables.values():
            found = 0
            for token, key, fields, row in self._rows(table):
                found += key is not None
                self._check_row(table, token, key, fields, row)
            self._checked.rows[table.name] = found
            self._check_missing(table, found)

    def _rows(self, table: LiveTable) -> Iterator[tuple[int | str, str | None, bytes, tuple]]:  # type: ignore[type-arg]  # as wide as the table
        names = ", ".join(f"t.{quote(name)}" for name in (*table.key_columns, *table.columns))
        width = len(table.key_columns)
        if table.is_named:
            for row in self._connection.execute(f"SELECT {names} FROM {quote(table.name)} AS t"):
                record = self._records.by_row(table, table.token(row[:width]))
                yield table.token(row[:width]), *_of(record), row[width:]
            return
        query = (
            f"SELECT r.key, r.fields, {names} FROM {quote(table.name)} AS t LEFT JOIN waifusync_records AS r"
            f" ON r.tbl = {table.id} AND r.row = t.{quote(table.rowid)} AND r.state = 0"
        )
        for key, fields, row, *values in self._connection.execute(query):
            yield row, key, fields or b"", tuple(values)

    def _check_row(
        self, table: LiveTable, token: int | str, key: str | None, fields: bytes, row: tuple[object, ...]
    ) -> None:
        if key is not None:
            hashes, expected = hash_row(table, row, self._records), table.unpack(fields)  # type: ignore[arg-type]  # what sqlite3 gives
            different = [name for name, each in hashes.items() if each != expected[name]]
            values = dict(zip(table.columns, row, strict=True))
            if different:
                waiting = self._waiting(key)
                different = [name for name in different if name not in waiting or values[name] is not None]
            if not different:
                return
            reason = f"{', '.join(different)} is not what its entries say"
        else:
            reason = f"the row {token} is no record"
        if tracking.mark_at(self._connection, table, table.place(token)) is not None:
            self._checked.uncollected += 1
        else:
            self._checked.add(Fault(table.name, key or "", reason))

    def _waiting(self, key: str) -> set[str]:
        rows = self._connection.execute(
            "SELECT field FROM waifusync_pending AS p JOIN waifusync_records AS r ON r.id = p.record"
            " WHERE r.key = ?",
            (key,),
        )
        return {name for (name,) in rows}

    def _check_missing(self, table: LiveTable, found: int) -> None:
        (known,) = self._connection.execute(
            "SELECT count(*) FROM waifusync_records WHERE tbl = ? AND state = 0", (table.id,)
        ).fetchone()
        if known == found:
            return
        rows = self._connection.execute(
            "SELECT key, row FROM waifusync_records WHERE tbl = ? AND state = 0", (table.id,)
        )
        for key, token in rows:
            place = None if token is None else table.place(token)
            if place is None or table.read(self._connection, place) is None:
                if place is not None and tracking.mark_at(self._connection, table, place) is not None:
                    self._checked.uncollected += 1
                else:
                    self._checked.add(Fault(table.name, key, "its row is missing"))


def _of(record: object) -> tuple[str | None, bytes]:
    return (None, b"") if record is None else (record.key, record.fields)  # type: ignore[attr-defined]  # a Record
