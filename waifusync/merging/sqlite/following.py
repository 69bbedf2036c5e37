"""Indexes and triggers follow a column that the other side renamed, by SQLite's own ALTER on the side.

The scratch database holds tables without rows, and no views: nothing can be read there, and nothing fires.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping

from waifusync.core.definitions import Joined
from waifusync.merging.files import CannotMerge
from waifusync.merging.sqlite.joining import Schema, execute_definition
from waifusync.merging.sqlite.parts import Part, read_parts
from waifusync.merging.sqlite.shape import Table, quote, read_tables

Renamings = Mapping[str, Mapping[str, str]]
_GONE = r"no such column: |has no column named |no such table: (?:main\.)?(?P<table>.+)"


def parts_as_merged(connection: sqlite3.Connection, schema: Schema, side: str) -> dict[str, Part]:
    """The side's parts, with its columns called as in the result; as they are where SQLite cannot do that."""
    parts = read_parts(connection, side)
    renamings = _renamings(schema, side)
    standing = [part for part in parts.values() if part.kind != "view"]
    if not renamings or not standing:
        return parts
    try:
        with _scratch(read_tables(connection, side).values()) as scratch:
            for part in standing:
                if part.table in schema.tables["main"]:
                    execute_definition(scratch, part.sql)
            _rename(scratch, renamings)
            return {**parts, **read_parts(scratch, "main")}
    except (sqlite3.Error, CannotMerge):
        return parts


def _renamings(schema: Schema, side: str) -> dict[str, dict[str, str]]:
    """By table, old to new: what was not renamed on the side itself."""
    found = {name: _of_others(joined, side) for name, joined in schema.renamed.items()}
    named = {
        name: {column.name.lower(): column.name for column in table.columns}
        for name, table in schema.tables["main"].items()
    }
    return {
        table: {old: named[table].get(new, new) for old, new in renamed.items()}
        for table, renamed in found.items()
        if renamed and table in named
    }


def _of_others(joined: Joined, side: str) -> dict[str, str]:
    every = {**joined.renamed_ours, **joined.renamed_theirs}
    own = {"ours": joined.renamed_ours, "theirs": joined.renamed_theirs}.get(side, {})
    return {old: new for old, new in every.items() if old not in own}


@contextlib.contextmanager
def _scratch(tables: Iterable[Table]) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as scratch:
        scratch.execute("PRAGMA trusted_schema = OFF")
        for table in tables:
            execute_definition(scratch, table.sql)
        yield scratch


def _rename(scratch: sqlite3.Connection, renamings: Renamings) -> None:
    for table, columns in renamings.items():
        for old, new in columns.items():
            scratch.execute(f"ALTER TABLE {quote(table)} RENAME COLUMN {quote(old)} TO {quote(new)}")


def _watched(part: Part) -> tuple[str, ...]:
    """The columns of UPDATE OF."""
    words = part.meaning[: part.meaning.index("on")]
    listed = words[words.index("of") + 1 :] if "of" in words else ()
    return tuple(word for word in listed if word != ",")


def missing_for(part: Part, tables: Mapping[str, Table], homes: Collection[str]) -> str | None:
    """What a trigger needs and is not there: SQLite asks when it fires. None too for one that reads views."""
    if part.table not in tables:
        return None
    for column in _watched(part):
        if not tables[part.table].has(column):
            return f"no such column: {column}"  # SQLite would never fire it, and never say so
    known = {name.lower() for name in homes}
    with _scratch(tables.values()) as scratch:
        execute_definition(scratch, part.sql)
        for statement in _firing(tables[part.table]):
            try:
                scratch.execute("EXPLAIN " + statement)
            except sqlite3.Error as error:
                found = re.search(_GONE, str(error))
                if found and (found["table"] or "").lower() not in known:
                    return str(error)
    return None


def _firing(table: Table) -> Iterator[str]:
    columns = [quote(column.name) for column in table.columns]
    yield f"INSERT INTO {quote(table.name)} DEFAULT VALUES"
    yield f"UPDATE {quote(table.name)} SET {', '.join(f'{column} = {column}' for column in columns)}"
    yield f"DELETE FROM {quote(table.name)}"
