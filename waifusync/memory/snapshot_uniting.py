"""The person's tables of two snapshots in one file, row by row, each row known by the key of its record.

                  theirs:  as base     changed        gone       new
        ours: as base      ours        theirs         gone
              changed      ours        ours           ours
              gone         gone        gone           gone
              not there                                          theirs, under a free number

Enough for a file that is whole and holds what both hold; what the logs in it come to is written by the next
waifusync command. The person's triggers are carried, and never fired.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping

from waifusync.core.tables import TableShape, add_column_statement, create_statement, quote
from waifusync.core.values import Stored, to_stored
from waifusync.memory.rows import placeholder, rowid_name
from waifusync.memory.schema import read_shape, travelling_tables
from waifusync.memory.snapshot_writing import keys_of, note_rows
from waifusync.values import NamedTuple


class Noted(NamedTuple):
    """One row as waifusync_rows has it."""

    table: str
    place: int | str
    hash: bytes


Rows = Mapping[str, Noted]


def noted_rows(connection: sqlite3.Connection) -> dict[str, Noted]:
    """By the key of the record; rows that were not told yet have none, and come with their entry."""
    rows = connection.execute("SELECT key, tbl, row, hash FROM waifusync_rows WHERE key IS NOT NULL")
    return {key: Noted(table, place, each) for key, table, place, each in rows}


class TableUnion:
    """Brings rows of another snapshot into an open one; `base` is what both came from, as far as is known."""

    def __init__(self, ours: sqlite3.Connection, theirs: sqlite3.Connection, base: Rows) -> None:
        self._ours, self._theirs, self._base = ours, theirs, base
        self._our_rows, self._their_rows = noted_rows(ours), noted_rows(theirs)
        self._keys = {(each.table, each.place): key for key, each in self._their_rows.items()}

    def run(self) -> None:
        """Within a transaction of the caller's."""
        with _without_triggers(self._ours):
            for name in travelling_tables(self._theirs):
                shape = self._fitted(name)
                for key, row in self._their_rows.items():
                    if row.table == name:
                        self._bring(shape, key, row)
            self._remove_what_they_removed()
        keys_of(self._ours, ((each.table, each.place, key) for key, each in self._our_rows.items()))
        note_rows(self._ours)

    def _fitted(self, name: str) -> TableShape:
        """Tables and columns that only they have are made; their SQL is not run."""
        shape = read_shape(self._theirs, name)
        if name not in travelling_tables(self._ours):
            self._ours.execute(create_statement(shape))
        have = read_shape(self._ours, name)
        known = {each.name.lower() for each in have.columns} | {each.lower() for each in have.generated}
        for column in shape.columns:
            if column.name.lower() not in known:
                self._ours.execute(add_column_statement(name, column))
        return shape

    def _bring(self, shape: TableShape, key: str, row: Noted) -> None:
        mine, before = self._our_rows.get(key), self._base.get(key)
        if mine is None and before is None:
            self._insert(shape, key, row)
        elif mine is not None and before is not None and mine.hash == before.hash != row.hash:
            self._update(shape, mine, row)

    def _insert(self, shape: TableShape, key: str, row: Noted) -> None:
        values = self._values(shape, row)
        names, bound = ", ".join(map(quote, values)), ", ".join(map(placeholder, values.values()))
        statement = f"INSERT OR IGNORE INTO {quote(shape.name)} ({names}) VALUES ({bound})"
        done = self._ours.execute(statement, list(values.values()))
        if done.rowcount == 1:
            place = row.place if isinstance(row.place, str) else int(done.lastrowid or 0)
            self._our_rows[key] = Noted(shape.name, place, row.hash)

    def _update(self, shape: TableShape, mine: Noted, row: Noted) -> None:
        values = self._values(shape, row)
        pairs = ", ".join(f"{quote(name)} = {placeholder(value)}" for name, value in values.items())
        where, bound = _at(shape, mine.place)
        statement = f"UPDATE OR IGNORE {quote(shape.name)} SET {pairs} WHERE {where}"
        self._ours.execute(statement, [*values.values(), *bound])

    def _values(self, shape: TableShape, row: Noted) -> dict[str, Stored]:
        """One row of theirs, its references to rows as they are numbered in ours."""
        names = [each.name for each in shape.columns if each.name != shape.rowid_alias]
        listed = ", ".join(map(quote, names))
        where, bound = _at(shape, row.place)
        query = f"SELECT {listed} FROM {quote(shape.name)} WHERE {where}"
        found = self._theirs.execute(query, bound).fetchone()
        values = dict(zip(names, found or ()))
        for column, parent in self._references(shape).items():
            value = values.get(column)
            if isinstance(value, int):
                values[column] = self._number_of(parent, value)
        return values

    def _references(self, shape: TableShape) -> dict[str, str]:
        return {key.columns[0]: key.parent for key in shape.foreign_keys if len(key.columns) == 1}

    def _number_of(self, parent: str, number: int) -> int:
        mine = self._our_rows.get(self._keys.get((parent, number), ""))
        return mine.place if mine is not None and isinstance(mine.place, int) else number

    def _remove_what_they_removed(self) -> None:
        for key, before in self._base.items():
            mine = self._our_rows.get(key)
            if key in self._their_rows or mine is None or mine.hash != before.hash:
                continue
            shape = read_shape(self._ours, mine.table)
            where, bound = _at(shape, mine.place)
            self._ours.execute(f"DELETE FROM {quote(mine.table)} WHERE {where}", bound)
            del self._our_rows[key]


def _at(shape: TableShape, place: int | str) -> tuple[str, list[Stored]]:
    """A condition that is true of one row, and its values."""
    if isinstance(place, int):
        return f"{quote(rowid_name(shape))} = ?", [place]
    values = [to_stored(each) for each in json.loads(place)]
    pairs = zip(shape.primary_key, values)
    return " AND ".join(f"{quote(name)} IS {placeholder(value)}" for name, value in pairs), values


@contextlib.contextmanager
def _without_triggers(connection: sqlite3.Connection) -> Iterator[None]:
    """Taken out of the schema and put back as they were, without their text being run."""
    rows = connection.execute("SELECT * FROM sqlite_master WHERE type = 'trigger'").fetchall()
    if not rows:
        yield
        return
    connection.execute("PRAGMA writable_schema=ON")
    connection.execute("DELETE FROM sqlite_master WHERE type = 'trigger'")
    _reread(connection)
    yield
    connection.executemany("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", rows)
    _reread(connection)
    connection.execute("PRAGMA writable_schema=OFF")


def _reread(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA schema_version").fetchone()
    connection.execute(f"PRAGMA schema_version={version + 1}")
