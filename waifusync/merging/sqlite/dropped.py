"""Columns that one side dropped, where the other has written into them since: the column goes, and is told.

Every value that is in the result nowhere else is a clash, so that the report holds all of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping

from waifusync.core.three_way import Action, Clash, Decision, Side
from waifusync.core.values import Stored, to_travel
from waifusync.merging.sqlite.binding import key_text
from waifusync.merging.sqlite.joining import Schema
from waifusync.merging.sqlite.shape import Column, Table, quote, rowid_name

_SIDES = {Side.OURS: "ours", Side.THEIRS: "theirs"}


def tell_dropped_columns(connection: sqlite3.Connection, schema: Schema) -> Iterator[Decision]:
    """Of both sides; the merged tables must be made, and the sides as they were."""
    for name, merged in schema.tables["main"].items():
        base = schema.tables["base"].get(name)
        for side, schema_name in _SIDES.items():
            table = schema.tables[schema_name].get(name)
            if base is not None and table is not None:
                names = _names(schema, name, side)
                for column in table.columns:
                    was = names.get(column.name.lower(), column.name)
                    if base.has(was) and not _has(schema, merged, was):
                        yield from _written(connection, side, (base, table), was, column)


def _names(schema: Schema, name: str, side: Side) -> Mapping[str, str]:
    """What a column of the side is called in base."""
    joined = schema.renamed.get(name)
    if joined is None:
        return {}
    renamed = joined.renamed_ours if side is Side.OURS else joined.renamed_theirs
    return {new: old for old, new in renamed.items()}


def _has(schema: Schema, merged: Table, was: str) -> bool:
    """Whether a column of base is in the result, under whichever name."""
    joined = schema.renamed.get(merged.name)
    new = {**joined.renamed_ours, **joined.renamed_theirs} if joined else {}
    return merged.has(new.get(was.lower(), was))


def _written(
    connection: sqlite3.Connection, side: Side, tables: tuple[Table, Table], was: str, column: Column
) -> Iterator[Decision]:
    base, table = tables
    keys = [quote(key) for key in table.key if base.has(key)] or [rowid_name(table)]
    now = f"s.{quote(column.name)}"
    before = f"CASE WHEN b.{keys[0]} IS NULL THEN {column.default} ELSE b.{quote(was)} END"
    same = " AND ".join(f"b.{key} = s.{key}" for key in keys)
    rows = connection.execute(
        f"SELECT {', '.join(f's.{key}' for key in keys)}, {before}, {now}"
        f" FROM {_SIDES[side]}.{quote(table.name)} AS s LEFT JOIN base.{quote(base.name)} AS b ON {same}"
        f" WHERE {now} IS NOT NULL AND {now} COLLATE BINARY IS NOT {before}"
    )
    for *key, value, written in rows:
        yield _lost(table.name, key_text(key), column.name, side, (value, written))


def _lost(table: str, key: str, column: str, side: Side, values: tuple[Stored, Stored]) -> Decision:
    was, value = map(to_travel, values)
    versions = (was, value, None) if side is Side.OURS else (was, None, value)
    clash = Clash.of("the column was dropped by one side, and has a value on the other", versions)
    return Decision(table, key, Action.REMOVE, side, column=column, clash=clash)
