"""What somebody changed in a snapshot by hand comes in; what merely is older than what is here does not.

the row in the file                     the record here            becomes
as it was written                       any                        nothing: what happened since stands
not one that waifusync wrote            none                       a new memory, as by `import`
another than was written                as it was then             an edit of this device's
another than was written                changed since, too         an edit that loses, and is kept
another than was written                deleted since              nothing: the deletion stands
gone                                    any                        nothing: absence is not deletion
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from waifusync.core import digest
from waifusync.core.values import Stored
from waifusync.memory import tracking
from waifusync.memory.catalog import Catalog
from waifusync.memory.claiming import Content
from waifusync.memory.collecting import Collector
from waifusync.memory.encoding import Resolved, hash_row
from waifusync.memory.importing import Imported, Importer
from waifusync.memory.records import Record, State
from waifusync.memory.rows import LiveTable
from waifusync.memory.snapshot_file import TableRows
from waifusync.memory.snapshot_reading import SnapshotReader
from waifusync.values import NamedTuple

_NOTED = "SELECT key, hash FROM waifusync_rows WHERE tbl = ? AND row = ?"


class Edit(NamedTuple):
    """A live row, and what is to stand in it instead."""

    table: LiveTable
    record: Record
    values: Mapping[str, Stored]


class HandEdits(Importer):
    """One edited snapshot; `heads` is how far each device's log goes that the snapshot carries."""

    def __init__(self, collector: Collector, foreign: sqlite3.Connection, heads: Mapping[str, int]) -> None:
        super().__init__(collector, foreign)
        self._heads = heads
        self._differing: dict[str, set[int | str]] = {}
        self.edits: list[Edit] = []

    def run(self, catalog: Catalog) -> Imported:
        """New rows are adopted now; edits are left in `edits`, to be made when the gate is closed again."""
        for name in catalog.tables:
            self._differing[name] = self._changed_places(name)
        return super().run(catalog)

    def _changed_places(self, name: str) -> set[int | str]:
        if not self._foreign.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone():
            return set()
        rows = TableRows(self._foreign, name)
        return {place for place, each in rows if each != self._noted(name, place)[1]}

    def _noted(self, table: str, place: int | str) -> tuple[str | None, bytes | None]:
        """The key of a row's record, and the hash of what it held; None for what was not noted."""
        found = self._foreign.execute(_NOTED, (table, place)).fetchone()
        return found or (None, None)

    def _record(self, table: str, place: int | str) -> Record | None:
        key, _ = self._noted(table, place)
        return self._records.by_key(key) if key else None

    def _import_row(
        self,
        table: LiveTable,
        row: int | None,
        values: dict[str, Stored],
        by_content: dict[Content, list[int]],
        occurrences: dict[Content, int],
    ) -> int | None:
        place = _place(table, row, values)
        record = self._record(table.name, place)
        if place not in self._differing[table.name]:
            return _standing(record)
        if record is None:
            return super()._import_row(table, row, values, by_content, occurrences)
        translated = self._translated(table, values)
        # A reference to what is not here (any more) says nothing about the reference.
        here = {name: each for name, each in translated.items() if each is not None or values[name] is None}
        self._edit(table, record, here)
        return _standing(record)

    def _translated(self, table: LiveTable, values: dict[str, Stored]) -> dict[str, Stored]:
        """References to rows that need not come in are to what stands for them here."""
        for name, parent in table.references.items():
            value = values.get(name)
            if isinstance(value, int) and (parent, value) not in self._rows:
                self._rows[parent, value] = _standing(self._record(parent, value))
        return super()._translated(table, values)

    def _edit(self, table: LiveTable, record: Record, values: dict[str, Stored]) -> None:
        hashes = hash_row(table, [values.get(name) for name in table.columns], self._records)
        known = table.unpack(record.fields)
        changed = {
            name: values[name]
            for name in values
            if name in hashes
            and hashes[name] != known.get(name, digest.UNSET)
            and name not in table.key_columns
        }
        if not changed or record.state == State.DELETED:
            return
        if record.state == State.PLACED and self._is_as_it_was(table, record, known):
            self.edits.append(Edit(table, record, changed))
            return
        lost = {name: Resolved(values[name], hashes[name]) for name in changed if values[name] is not None}
        if lost:
            self._collector.adopt(table, record.key, lost)
            self.imported.different[table.name] = self.imported.different.get(table.name, 0) + 1

    def _is_as_it_was(self, table: LiveTable, record: Record, known: Mapping[str, bytes]) -> bool:
        """Whether whoever edited the file had seen all that was said of this record."""
        touches = self._records.touches(record, known)
        return all(touch.number <= self._heads.get(touch.device, 0) for touch in touches)


def _place(table: LiveTable, row: int | None, values: Mapping[str, Stored]) -> int | str:
    """As waifusync_rows has it."""
    if row is not None:
        return row
    first = values.get(table.key_columns[0])
    if table.shape.rowid_alias is not None and isinstance(first, int):
        return first
    token = table.token([values.get(name) for name in table.key_columns])
    assert isinstance(token, str)
    return token


def _standing(record: Record | None) -> int | None:
    if record is None or record.state != State.PLACED or not isinstance(record.row, int):
        return None
    return record.row


def take_in_edits(collector: Collector, opened: SnapshotReader, heads: Mapping[str, int]) -> Imported:
    """Within a transaction, the gate being closed: triggers and marks see an edit like a program's.

    A file that waifusync never wrote is imported as any database is.
    """
    foreign, connection = opened.connection, collector.connection
    found = HandEdits(collector, foreign, heads) if opened.is_ours else Importer(collector, foreign)
    with tracking.silence(connection):
        imported = found.run(collector.catalog)
    collector.finish()
    for edit in found.edits if isinstance(found, HandEdits) else ():
        assert edit.record.row is not None
        edit.table.update(connection, edit.table.place(edit.record.row), edit.values)
        imported.different[edit.table.name] = imported.different.get(edit.table.name, 0) + 1
    return imported
