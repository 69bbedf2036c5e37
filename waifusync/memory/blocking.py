"""Which rows keep another out of its table: those that hold the unique values it needs."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from waifusync.core.tables import quote
from waifusync.core.values import Stored
from waifusync.memory.records import Record, Records
from waifusync.memory.rows import LiveTable, placeholder


def blockers(
    records: Records, table: LiveTable, record: Record, values: Mapping[str, Stored]
) -> list[Record]:
    """Other records; a constraint that no row explains has none."""
    found: dict[int, Record] = {}
    for columns in _unique_columns(records.connection, table):
        if all(values.get(column) is not None for column in columns):
            for other in _holders(records, table, {column: values[column] for column in columns}):
                if other.id != record.id:
                    found[other.id] = other
    return list(found.values())


def _holders(records: Records, table: LiveTable, unique: Mapping[str, Stored]) -> list[Record]:
    keys = ", ".join(map(quote, table.key_columns))
    matches = " AND ".join(f"{quote(column)} = {placeholder(value)}" for column, value in unique.items())
    query = f"SELECT {keys} FROM {quote(table.name)} WHERE {matches}"
    places = records.connection.execute(query, list(unique.values())).fetchall()
    there = (records.by_row(table, table.token(place)) for place in places)
    return [each for each in there if each is not None]


def _unique_columns(connection: sqlite3.Connection, table: LiveTable) -> list[tuple[str, ...]]:
    """Of every unique index on plain columns, also of those that only this device has."""
    indexes = connection.execute(
        'SELECT name FROM pragma_index_list(?) WHERE "unique" AND NOT partial', (table.name,)
    ).fetchall()
    listed = []
    for (index,) in indexes:
        names = connection.execute("SELECT name FROM pragma_index_info(?)", (index,)).fetchall()
        if all(name is not None for (name,) in names):
            listed.append(tuple(name for (name,) in names))
    return listed
