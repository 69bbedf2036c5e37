"""Copies of a companion's live database: a row is known by its record's key, whatever number it has there.

Before the merge each version is copied without waifusync's own tables, and base and theirs are given the
numbers of ours; from there on a number is a key. The keys stand in a table of the result, for the next merge.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from waifusync.core.sql_text import quote
from waifusync.merging.files import CannotMerge, Versions
from waifusync.merging.sqlite import opening

if TYPE_CHECKING:  # most files are no copies of a live database, and start faster without it
    from waifusync.merging.sqlite.shape import Table

# What stays of waifusync's tables: (tbl, row, key) of each row that has a key.
KEYS = "waifusync_keys"
# As State.SHELVED in waifusync/memory/records.py, which a driver does not import.
_SHELVED = 3
_MERGED = {KEYS: {"tbl", "row", "key"}}
_LIVE = {"waifusync_records": {"tbl", "row", "key", "state"}, "waifusync_tables": {"id", "name"}}


def keyed_tables(connection: sqlite3.Connection) -> frozenset[str]:
    """The numbered tables whose records are known: in every version that is not empty, or else none."""
    from waifusync.merging.sqlite.plan import numbered_tables
    from waifusync.merging.sqlite.shape import read_tables

    sides = [side for side in ("base", "ours", "theirs") if _names(connection, side)]
    if not all(_names(connection, side) & {KEYS, *_LIVE} for side in sides):
        return frozenset()
    shapes = {side: read_tables(connection, side) for side in sides}
    if not all(_are_plain(shape) for shape in shapes.values()):
        return frozenset()
    for side in sides:
        _refuse_shelved(connection, side)
    known = {name for side in sides for name in _known(connection, side)}
    numbered = {side: numbered_tables(shape) for side, shape in shapes.items()}
    return frozenset(
        name
        for name in known
        if all(name in numbered[side] for side, shape in shapes.items() if name in shape)
    )


def _refuse_shelved(connection: sqlite3.Connection, side: str) -> None:
    """Raises CannotMerge: rows that are in the log only live, and their absence would seem a deletion."""
    asked = f"SELECT 1 FROM {side}.waifusync_records WHERE state = {_SHELVED} LIMIT 1"
    if "waifusync_records" in _names(connection, side) and connection.execute(asked).fetchone():
        raise CannotMerge(
            f"{side} is a copy of a live database that keeps older memories in the log only",
            hint="bring them back on that device, then copy it again: waifusync retention set --database off",
        )


def _names(connection: sqlite3.Connection, schema: str) -> set[str]:
    rows = connection.execute(f"SELECT name FROM {schema}.sqlite_master WHERE type = 'table'")
    return {name for (name,) in rows}


def _are_plain(tables: Mapping[str, Table]) -> bool:
    """Whether what is called like our tables has their columns: nothing virtual, nothing generated."""
    wanted = _MERGED if KEYS in tables else _LIVE
    return all(
        name in tables and columns <= {column.name for column in tables[name].columns}
        for name, columns in wanted.items()
    )


def _known(connection: sqlite3.Connection, schema: str) -> list[str]:
    is_merged = KEYS in _names(connection, schema)
    asked = f"DISTINCT tbl FROM {schema}.{KEYS}" if is_merged else f"name FROM {schema}.waifusync_tables"
    return [name for (name,) in connection.execute(f"SELECT {asked}")]


def _keys_of(connection: sqlite3.Connection) -> str:
    """What lists the keys of all rows of `main`."""
    if KEYS in _names(connection, "main"):
        return f"SELECT tbl, row, key FROM main.{KEYS} WHERE typeof(row) = 'integer'"
    return (
        "SELECT t.name, r.row, r.key FROM main.waifusync_records AS r"
        " JOIN main.waifusync_tables AS t ON t.id = r.tbl WHERE r.state = 0 AND typeof(r.row) = 'integer'"
    )


@contextlib.contextmanager
def aligned(versions: Versions, tables: frozenset[str], made: Path) -> Iterator[Versions]:
    """Copies beside `made` in which one number is one record in all versions; they go with the block."""
    from waifusync.merging.sqlite import aligning

    standing = made.with_name(f"{made.name}.standing")
    sides = {"ours": versions.ours, "base": versions.base, "theirs": versions.theirs}
    copies = {side: made.with_name(f"{made.name}.{side}") for side, path in sides.items() if path}
    try:
        opening.remove(standing)
        for side, copy in copies.items():
            path = sides[side]
            assert path is not None
            with opening.copied(path, copy, like=versions.ours, beside=standing) as connection:
                aligning.note_rows(connection, side, tables, _keys_of(connection))
                _drop_own(connection)
                aligning.move_rows(connection, side)
                _write_keys(connection)
        yield Versions(copies.get("base"), copies["ours"], copies["theirs"])
    finally:
        for path in (standing, *copies.values()):
            opening.remove(path)


def _drop_own(connection: sqlite3.Connection) -> None:
    for kind in ("trigger", "table"):
        names = connection.execute(
            "SELECT name FROM main.sqlite_master WHERE name LIKE 'waifusync\\_%' ESCAPE '\\' AND type = ?",
            (kind,),
        ).fetchall()
        for (name,) in names:
            connection.execute(f"DROP {kind} main.{quote(name)}")


def _write_keys(connection: sqlite3.Connection) -> None:
    connection.execute(
        f"CREATE TABLE main.{KEYS} (tbl TEXT, row INTEGER, key TEXT, PRIMARY KEY (tbl, row)) WITHOUT ROWID"
    )
    connection.execute(
        f"INSERT INTO main.{KEYS} SELECT tbl, coalesce(new, row), key FROM standing.there"
        " WHERE key NOT GLOB '#*'"
    )
