"""Edits of records by somebody who knew all that had been done to them, many at once.

Nearly all edits are like that: nobody else touched the record meanwhile, so every field that is told wins,
and nothing comes into dispute. What folding.py and placing.py do with one after the other is done here with
all of them in a few statements. The same comes of it; what is not so plain is left to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from waifusync.core.digest import RecordHashes
from waifusync.core.entry import Entry
from waifusync.core.fold import saw
from waifusync.core.values import Stored
from waifusync.memory.arriving import is_told_plainly
from waifusync.memory.collections import TableCollection
from waifusync.memory.encoding import Resolved
from waifusync.memory.folding import Folder, covered, stored_touch
from waifusync.memory.placing import Placer
from waifusync.memory.records import Record, Records, State, StoredTouch
from waifusync.memory.rows import LiveTable
from waifusync.values import NamedTuple

Row = tuple[str, Sequence[Stored]]


class _Edit(NamedTuple):
    """What one entry comes to: the record's hashes then, its row's change, and what is remembered of it."""

    record: int
    fields: bytes
    difference: int
    row: Row | None
    kept: list[StoredTouch]
    dropped: list[StoredTouch]


class _Found(NamedTuple):
    """A record with all that touched it: what is kept of that, or, where nothing is, its birth alone."""

    record: Record
    kept: list[StoredTouch]
    births: list[StoredTouch]

    def is_followed_by(self, entry: Entry) -> bool:
        """Whether its writer knew all that was done to the record, and it outranks all of it."""
        if self.record.state != State.PLACED or entry.time < abs(self.record.time):
            return False
        return all(saw(entry, each) and each.rank < entry.rank for each in (*self.kept, *self.births))


class Edits:
    """Within the applier's transaction, the gate being open."""

    def __init__(self, records: Records, placer: Placer, folder: Folder) -> None:
        self._records = records
        self._placer = placer
        self._folder = folder
        self._hashes: dict[tuple[int, int], RecordHashes] = {}

    def take(self, collection: TableCollection, entries: Sequence[Entry]) -> tuple[int, bool]:
        """How many of the first belong together, and whether they were taken in; what comes after them has to
        go its own way. Nothing was done where one of the rows cannot stand."""
        edits = self._plan(collection, entries)
        rows = [edit.row for edit in edits if edit.row is not None]
        if not self._placer.update_many(rows):
            return len(edits), False
        self._records.edit((edit.fields, edit.record) for edit in edits)
        self._records.keep_touches((edit.record, each) for edit in edits for each in edit.kept)
        self._records.drop_touches((edit.record, each) for edit in edits for each in edit.dropped)
        self._folder.count(collection, added=sum(edit.difference for edit in edits))
        return len(edits), True

    def _plan(self, collection: TableCollection, entries: Sequence[Entry]) -> list[_Edit]:
        table, edits = collection.table, list[_Edit]()
        if table.is_named or self._placer.is_any_pending():
            return edits
        known = self._records.standing(table.id, [entry.key for entry in entries])
        for entry in entries:
            record, touches = known.pop(entry.key, (None, []))
            if record is None or not table.ordinals.keys() >= (entry.fields or {}).keys():
                break
            before = table.unpack(record.fields)
            found = _Found(record, touches, [] if touches else [self._records.birth(record, before)])
            if not found.is_followed_by(entry):
                break
            edits.append(self._edit(collection, found, entry, before))
        return edits

    def _edit(
        self, collection: TableCollection, found: _Found, entry: Entry, before: Mapping[str, bytes]
    ) -> _Edit:
        table, record, told = collection.table, found.record, entry.fields or {}
        values = {name: collection.resolve(name, value, entry.device) for name, value in told.items()}
        hashes = {name: each.hash for name, each in values.items()}
        after = {**before, **hashes}
        measure = self._measure(table)
        difference = measure.of(record.key, list(after.values())) - measure.of(
            record.key, list(before.values())
        )
        touch = stored_touch(entry, hashes)
        dropped = covered([*found.kept, *found.births], touch)
        kept = [each for each in (*found.births, touch) if each not in dropped]
        row = _row(
            table, record, {name: each for name, each in values.items() if hashes[name] != before[name]}
        )
        return _Edit(record.id, b"".join(after.values()), difference, row, kept, dropped)

    def _measure(self, table: LiveTable) -> RecordHashes:
        size = table.id, len(table.ordinals)
        if size not in self._hashes:
            self._hashes[size] = RecordHashes(table.name, tuple(table.ordinals))
        return self._hashes[size]


def is_plain_edit(entry: Entry) -> bool:
    """Whether an entry may be one of those; of the record nothing is known yet."""
    return bool(entry.fields and entry.seen and not entry.adopted and is_told_plainly(entry.fields))


def _row(table: LiveTable, record: Record, values: Mapping[str, Resolved]) -> Row | None:
    """The statement that changes its row, and what it wants bound; columns gone from here are passed over."""
    names = tuple(name for name in values if name in table.columns)
    if not names:
        return None
    return table.change_of(names), (*(values[name].value for name in names), *table.place(record.row or 0))
