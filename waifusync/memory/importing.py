"""Taking in the rows of another SQLite file, matched by what they are, so that copies overlap without harm.

A row is known by its key where the file is an older copy of a live database, else by its declared key, else
by content (the second of two equal rows is the second here too). What is new is adopted: it loses to anything
that was said about the same record here, and the loser is kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from waifusync.core import digest
from waifusync.core.fold import fold
from waifusync.core.tables import add_column_statement, create_statement, from_fields, quote, to_fields
from waifusync.core.values import Stored
from waifusync.memory import tracking
from waifusync.memory.catalog import Catalog, load_catalog
from waifusync.memory.claiming import Content, content_of, rows_by_content
from waifusync.memory.collecting import Collector
from waifusync.memory.encoding import Resolved, hash_row
from waifusync.memory.noticing import track_new
from waifusync.memory.records import Record, Records, State
from waifusync.memory.rows import LiveTable, adopted_key, named_key
from waifusync.memory.schema import read_shape, travelling_names, travelling_tables
from waifusync.memory.shelved import shelved_by_content
from waifusync.memory.terms import Choices
from waifusync.values import dataclass, field


@dataclass(slots=True)
class Imported:
    """By table: rows that were new, rows that were known, and rows that differ from what is known here."""

    added: dict[str, int] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    different: dict[str, int] = field(default_factory=dict)


def fit_schema(connection: sqlite3.Connection, foreign: sqlite3.Connection, choices: Choices) -> Catalog:
    """Makes the tables and columns of the foreign file that are not here yet; never runs its SQL."""
    live = load_catalog(connection, choices)
    for name in travelling_tables(foreign, choices.exclude):
        shape = from_fields(name, to_fields(read_shape(foreign, name)))
        known = live.tables.get(name)
        if known is None:
            connection.execute(create_statement(shape))
            continue
        had = {
            column.lower() for column in (*known.columns, *known.shape.primary_key, *known.shape.generated)
        }
        for column in shape.columns:
            if column.name.lower() not in had:
                connection.execute(add_column_statement(name, column))
    catalog = load_catalog(connection, choices)
    # Rows of a table that a program has only just made are told as its own: nothing looks at them again.
    for table in track_new(connection, catalog):
        tracking.track(connection, table)
    return catalog


class Importer:
    """One foreign file into the live database, within the caller's transaction, the gate being open."""

    def __init__(self, collector: Collector, foreign: sqlite3.Connection) -> None:
        self._collector = collector
        self._connection = collector.connection
        self._records: Records = collector.records
        self._foreign = foreign
        self._has_keys = bool(
            foreign.execute("SELECT 1 FROM sqlite_master WHERE name = 'waifusync_records'").fetchone()
        )
        self._rows: dict[tuple[str, int], int | None] = {}
        self._shelved: dict[bytes, list[int]] = {}
        self.imported = Imported()

    def run(self, catalog: Catalog) -> Imported:
        there = set(travelling_names(self._foreign))
        for table in catalog.tables.values():
            if table.name in there:
                self._import_table(table)
        return self.imported

    def _import_table(self, table: LiveTable) -> None:
        by_content = {} if table.is_named else rows_by_content(table, self._records, only_unclaimed=False)
        self._shelved = shelved_by_content(table, self._records)
        occurrences: dict[Content, int] = {}
        there = [column.name for column in read_shape(self._foreign, table.name).columns]
        columns = [name for name in table.columns if name in there]
        for row, values in self._read(table, columns):
            known = self._import_row(table, row, values, by_content, occurrences)
            if not table.is_named and row is not None:
                self._rows[table.name, row] = known

    def _read(self, table: LiveTable, columns: list[str]) -> list[tuple[int | None, dict[str, Stored]]]:
        """Rows in such an order that a row comes after the one of its own table that it refers to."""
        first = "NULL" if table.is_named else quote(table.rowid)
        names = ", ".join([first, *map(quote, columns)])
        rows = self._foreign.execute(f"SELECT {names} FROM {quote(table.name)} ORDER BY 1").fetchall()
        read = [(row[0], dict(zip(columns, row[1:]))) for row in rows]
        own = [name for name, parent in table.references.items() if parent == table.name and name in columns]
        return _parents_first(read, own) if own else read

    def _import_row(
        self,
        table: LiveTable,
        row: int | None,
        values: dict[str, Stored],
        by_content: dict[Content, list[int]],
        occurrences: dict[Content, int],
    ) -> int | None:
        values = self._translated(table, values)
        hashes = hash_row(table, [values.get(name) for name in table.columns], self._records)
        if table.is_named:
            self._import_named(table, values, hashes)
            return None
        content = content_of(table, hashes, values)
        occurrences[content] = occurrences.get(content, 0) + 1
        record = self._find(table, row, hashes, content, occurrences[content], by_content)
        if record is not None:
            _count(self.imported.known, table)
            return self._number_of(table, record)
        key = self._free_key(table, hashes, occurrences[content])
        return self._adopt(table, key, values, hashes)

    def _translated(self, table: LiveTable, values: dict[str, Stored]) -> dict[str, Stored]:
        translated = dict(values)
        for name, parent in table.references.items():
            value = values.get(name)
            if isinstance(value, int):
                translated[name] = self._rows.get((parent, value))
        return translated

    def _find(
        self,
        table: LiveTable,
        row: int | None,
        hashes: Mapping[str, bytes],
        content: Content,
        occurrence: int,
        by_content: dict[Content, list[int]],
    ) -> Record | None:
        """The record that this row is, if it is one here already, living or deleted."""
        record = self._by_foreign_key(table, row) or self._records.by_key(
            adopted_key(table.name, hashes, occurrence)
        )
        places = by_content.get(content, [])
        if record is None and places:
            record = self._records.by_row(table, places[0])
        if record is not None and record.row in places:
            places.remove(record.row)
        return record or self._find_shelved(table, hashes)

    def _find_shelved(self, table: LiveTable, hashes: Mapping[str, bytes]) -> Record | None:
        there = self._shelved.get(table.pack(hashes))
        return self._records.by_id(there.pop(0)) if there else None

    def _number_of(self, table: LiveTable, record: Record) -> int | None:
        """What rows of the file that refer to it are to hold; the number of one that is in the log only waits
        for it, and brings it back."""
        if not isinstance(record.row, int) or record.state not in (State.PLACED, State.SHELVED):
            return None
        if record.state == State.SHELVED:
            self._collector.note_departed(table, record)
        return record.row

    def _by_foreign_key(self, table: LiveTable, row: int | None) -> Record | None:
        if not self._has_keys:
            return None
        found = self._foreign.execute(
            "SELECT key FROM waifusync_records AS r JOIN waifusync_tables AS t ON t.id = r.tbl"
            " WHERE t.name = ? AND row = ? AND state = 0",
            (table.name, row),
        ).fetchone()
        return self._records.by_key(found[0]) if found else None

    def _free_key(self, table: LiveTable, hashes: Mapping[str, bytes], occurrence: int) -> str:
        while self._records.by_key(adopted_key(table.name, hashes, occurrence)) is not None:
            occurrence += 1
        return adopted_key(table.name, hashes, occurrence)

    def _import_named(self, table: LiveTable, values: dict[str, Stored], hashes: dict[str, bytes]) -> None:
        key = named_key(table.name, [hashes[name] for name in table.key_columns])
        record = self._records.by_key(key)
        if record is None:
            self._adopt(table, key, values, hashes)
        elif record.state == State.DELETED or self._says_nothing_new(table, record, hashes):
            _count(self.imported.known, table)
        else:
            if not self._could_win(table, record):
                self._collector.adopt(table, key, _resolved(values, hashes))
            _count(self.imported.different, table)

    def _could_win(self, table: LiveTable, record: Record) -> bool:
        """Of two adopted rows neither was said here, and chance would decide: what is here stays, alone."""
        winners = fold(self._records.touches(record, table.unpack(record.fields))).winners
        return any(winner.rank[0] == 0 for winner in winners.values())

    def _says_nothing_new(self, table: LiveTable, record: Record, hashes: Mapping[str, bytes]) -> bool:
        known = table.unpack(record.fields)
        told = {name: each.hex() for name, each in hashes.items() if each != digest.UNSET}
        if all(known.get(name, digest.UNSET).hex() == each for name, each in told.items()):
            return True
        touches = self._records.touches(record, known)
        return any(touch.adopted and touch.fields == told for touch in touches)

    def _adopt(
        self, table: LiveTable, key: str, values: dict[str, Stored], hashes: dict[str, bytes]
    ) -> int | None:
        record = self._collector.adopt(table, key, _resolved(values, hashes))
        _count(self.imported.added, table)
        return record.row if isinstance(record.row, int) else None


def _resolved(values: Mapping[str, Stored], hashes: Mapping[str, bytes]) -> dict[str, Resolved]:
    return {
        name: Resolved(value, hashes[name]) for name, value in values.items() if hashes[name] != digest.UNSET
    }


def _parents_first(
    rows: list[tuple[int | None, dict[str, Stored]]], own: list[str]
) -> list[tuple[int | None, dict[str, Stored]]]:
    waiting = dict(rows)
    ordered: list[tuple[int | None, dict[str, Stored]]] = []
    stack = [row for row, _ in reversed(rows)]
    under_way: set[int | None] = set()
    while stack:
        row = stack[-1]
        parents = [values for name in own if isinstance(values := waiting.get(row, {}).get(name), int)]
        ahead = [each for each in parents if each in waiting and each not in under_way and each != row]
        under_way.add(row)
        if ahead and row in waiting:
            stack += ahead
            continue
        stack.pop()
        if row in waiting:
            ordered.append((row, waiting.pop(row)))
    return ordered


def _count(counts: dict[str, int], table: LiveTable) -> None:
    counts[table.name] = counts.get(table.name, 0) + 1
