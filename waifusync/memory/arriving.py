"""Entries of records that nobody here knows yet, many at once: nearly all that comes are new memories.

What folding.py and placing.py do with one after the other is done here with all of them in a few statements.
The same comes of it; where a constraint stands in the way of one, nothing is done, and they have to do it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from waifusync.core.digest import UNSET, RecordHashes, field_hash
from waifusync.core.entry import Entry
from waifusync.core.values import Stored, Travel
from waifusync.memory.collections import TableCollection
from waifusync.memory.folding import Folder
from waifusync.memory.placing import Placer
from waifusync.memory.records import RecordRow, Records, State
from waifusync.memory.rows import LiveTable

# Names of devices, models and conversations come again and again; hashing one costs more than looking it up.
_SHORT = 40
_short_hash = lru_cache(maxsize=4096)(field_hash)
# References ask for other records, and text that is not UTF-8 has a statement of its own.
_WITH_RECORD_OR_CAST = frozenset("kt")
_PLACED = int(State.PLACED)
_Getter = Callable[[Sequence[Any]], tuple[Any, ...]]  # of values or of hashes


class Arrivals:
    """Within the applier's transaction, the gate being open."""

    def __init__(self, records: Records, placer: Placer, folder: Folder) -> None:
        self._records = records
        self._placer = placer
        self._folder = folder
        self._forms: dict[tuple[int, tuple[str, ...]], _Form] = {}

    def take(self, collection: TableCollection, entries: Sequence[Entry]) -> bool:
        """Entries that `is_plain` holds for, their keys distinct and none of them met before. False:
        one of the rows cannot stand, or has a field that is new here, and nothing was done."""
        rows: list[tuple[str, list[Sequence[Stored]]]] = []
        births: list[RecordRow] = []
        added, place = 0, self._placer.next_row(collection.table)
        for number, entry in enumerate(entries, start=self._records.next_id):
            values = _values(collection, entry)
            form = self._form(collection.table, tuple(values))
            if form is None:
                return False
            hashes = form.hash(values)
            token, row = form.row(place + len(births), values)
            if not rows or rows[-1][0] != form.statement:
                rows.append((form.statement, []))
            rows[-1][1].append(row)
            births.append(self._birth(collection, entry, number, token=token, fields=form.pack(hashes)))
            added += form.record_hashes.of(entry.key, hashes)
        if not self._placer.insert_many(collection.table, rows):
            return False
        self._records.enter(births)
        self._folder.count(collection, added=added, count=len(births))
        return True

    def _birth(
        self, collection: TableCollection, entry: Entry, number: int, *, token: int | str, fields: bytes
    ) -> RecordRow:
        device = self._records.ledger.device_number(entry.device)
        time = -entry.time if entry.adopted else entry.time
        return number, collection.id, token, entry.key, device, entry.number, time, _PLACED, fields

    def _form(self, table: LiveTable, names: tuple[str, ...]) -> _Form | None:
        """None where one of the names is new here: giving it its ordinal changes how records are packed."""
        form = self._forms.get((table.id, names))
        if form is None or form.is_outgrown:
            if not table.ordinals.keys() >= set(names):
                return None
            form = self._forms[table.id, names] = _Form(table, names)
        return form


def is_plain(entry: Entry) -> bool:
    """Whether an entry tells all that there is to know of a record, if it is the first."""
    return entry.fields is not None and not entry.seen and is_told_plainly(entry.fields)


def is_told_plainly(fields: Mapping[str, Travel]) -> bool:
    """Whether what each value comes to depends on no other record, and is bound as it is."""
    values = fields.values()
    return dict not in map(type, values) or not any(
        type(value) is dict and not _WITH_RECORD_OR_CAST.isdisjoint(value) for value in values
    )


def _values(collection: TableCollection, entry: Entry) -> dict[str, Stored]:
    """As this device stores them, in the order of the entry."""
    fields: dict[str, Travel] = dict(entry.fields or {})
    if dict in map(type, fields.values()):
        for name, value in fields.items():
            if type(value) is dict:
                fields[name] = collection.resolve(name, value, entry.device).value  # type: ignore[assignment]  # bytes: stored from here on
    return fields  # type: ignore[return-value]  # no objects are left


class _Form:
    """What rows of a table have in common that were told with the same fields in the same order."""

    def __init__(self, table: LiveTable, names: tuple[str, ...]) -> None:
        self._table = table
        self._names = names
        self._ordinals = len(table.ordinals)
        self._defaulted = [(place, name) for place, name in enumerate(names) if name in table.defaults]
        # After the fields comes one more that is unset: for every column which was not told.
        told = {name: place for place, name in enumerate(names)}
        self._packed = _getter([told.get(name, len(names)) for name in table.ordinals])
        self._here = _getter([place for place, name in enumerate(names) if name in table.columns])
        self._key = _getter([told.get(name, len(names)) for name in table.key_columns])
        self.record_hashes = RecordHashes(table.name, names)
        self.statement = table.insertion([name for name in names if name in table.columns])

    @property
    def is_outgrown(self) -> bool:
        """Whether the table came to have more fields since."""
        return len(self._table.ordinals) != self._ordinals

    def hash(self, values: dict[str, Stored]) -> list[bytes]:
        """One for each field."""
        hashes = [
            UNSET
            if value is None
            else _short_hash(value)
            if type(value) is str and len(value) < _SHORT
            else field_hash(value)
            for value in values.values()
        ]
        for place, name in self._defaulted:
            hashes[place] = self._table.hash_of(name, values[name])
        return hashes

    def pack(self, hashes: list[bytes]) -> bytes:
        """As a record keeps them."""
        return b"".join(self._packed([*hashes, UNSET]))

    def row(self, number: int, values: dict[str, Stored]) -> tuple[int | str, Sequence[Stored]]:
        """Where it goes, and what `statement` wants bound."""
        bound = [*values.values(), None]
        if self._table.is_named:
            return self._table.token(self._key(bound)), self._here(bound)
        return number, (number, *self._here(bound))


def _getter(places: list[int]) -> _Getter:
    """itemgetter, but always a tuple of them."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda found: tuple(found[place] for place in places)
