"""Full-text tables: what they hold is merged as rows, what they find with is made anew.

An FTS table that keeps its own text has it in an ordinary table behind it (`_content`), merged like any
other. Other virtual tables cannot be read without running what they are made of: they are taken whole from
the side that changed them, and refused when both did.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

from waifusync.core.sql_text import quote
from waifusync.core.table_kinds import TableKind, is_virtual, listing, module_of, table_kinds
from waifusync.core.three_way import Action, Clash, Decision, Side
from waifusync.merging.files import CannotMerge
from waifusync.merging.sqlite.fresh_index import make_openable
from waifusync.merging.sqlite.joining import execute_definition

_FULL_TEXT = ("fts3", "fts4", "fts5")
_BOXES = ("rtree", "rtree_i32")


def virtual_tables(connection: sqlite3.Connection, schema: str) -> dict[str, str]:
    """Name to definition."""
    return {name: sql for _, name, sql in connection.execute(listing(schema)) if is_virtual(sql)}


def is_full_text(sql: str) -> bool:
    return module_of(sql) in _FULL_TEXT


def can_be_made(sql: str) -> bool:
    """Whether the module is one that only keeps what it is given."""
    return module_of(sql) in (*_FULL_TEXT, *_BOXES)


def shadows(connection: sqlite3.Connection, schema: str, name: str) -> list[str]:
    """The tables behind a virtual one."""
    kinds = table_kinds(connection.execute(listing(schema)))
    behind = (table for table, kind in kinds.items() if kind is TableKind.BEHIND)
    return sorted(table for table in behind if table.rpartition("_")[0].lower() == name.lower())


def join_virtual_tables(connection: sqlite3.Connection) -> Iterator[Decision]:
    """Makes and drops them in `main`; raises CannotMerge for what both changed and cannot be read.

                  theirs:  none                     as base        changed, or new
    ours: none             -                        stays dropped  made, with a clash if it was dropped
          as base          dropped                  -              taken
          changed, or new  stays, with a clash      stays          full text: as rows; else refused
    """
    ours, theirs, base = (virtual_tables(connection, side) for side in ("main", "theirs", "base"))
    for name in sorted({*ours, *theirs}):
        if name not in ours:
            yield from _make(connection, name, theirs[name], was_there=name in base)
        elif name not in theirs:
            yield from _drop(connection, name, was_there=name in base)
        elif not is_full_text(ours[name]):
            yield from _take_whole(connection, name)


def _make(connection: sqlite3.Connection, name: str, sql: str, *, was_there: bool) -> Iterator[Decision]:
    held = _held(connection, "theirs", name)
    if was_there and all(_is_same(connection, table, "theirs", "base") for table in held):
        return
    if not can_be_made(sql):
        raise CannotMerge(f"{name} is a virtual table that cannot be carried over")
    execute_definition(connection, sql, behind=name)
    if not is_full_text(sql):
        _copy(connection, shadows(connection, "main", name))
    clash = Clash("dropped by ours, changed by theirs; it stays", sql, None, sql) if was_there else None
    yield Decision(name, None, Action.KEEP if was_there else Action.ADD, Side.THEIRS, clash=clash)


def _drop(connection: sqlite3.Connection, name: str, *, was_there: bool) -> Iterator[Decision]:
    if not was_there:
        return
    sql = virtual_tables(connection, "main")[name]
    if all(_is_same(connection, table, "main", "base") for table in _held(connection, "main", name)):
        make_openable(connection, name, sql)
        connection.execute(f"DROP TABLE main.{quote(name)}")
        yield Decision(name, None, Action.REMOVE, Side.THEIRS)
        return
    clash = Clash("dropped by theirs, changed by ours; it stays", sql, sql, None)
    yield Decision(name, None, Action.KEEP, Side.OURS, clash=clash)


def _held(connection: sqlite3.Connection, schema: str, name: str) -> list[str]:
    """The tables behind it that hold what cannot be made anew: the text, or all where there is none."""
    behind = shadows(connection, schema, name)
    sql = virtual_tables(connection, schema)[name]
    if not is_full_text(sql) or _is_without_text(sql):
        return behind
    return [table for table in behind if table == f"{name}_content"]


def _is_without_text(sql: str) -> bool:
    return re.search(r"content\s*=\s*(''|\"\")", sql) is not None


def _has_its_text(connection: sqlite3.Connection, sql: str) -> bool:
    """Whether it reads a table to be made anew: a view of theirs could be endless, and is never read."""
    found = re.search(r"""\bcontent\s*=\s*("(?:[^"]|"")+"|'(?:[^']|'')+'|`[^`]+`|\[[^\]]+\]|\w+)""", sql)
    if found is None:
        return True
    text = found[1]
    name = text.strip("\"'`[]") if text[0] in "\"'`[" else text
    name = name.replace('""', '"').replace("''", "'").lower()
    kinds = table_kinds(connection.execute(listing()))
    return any(
        table.lower() == name
        for table, kind in kinds.items()
        if kind in (TableKind.ORDINARY, TableKind.BEHIND)
    )


def _take_whole(connection: sqlite3.Connection, name: str) -> Iterator[Decision]:
    tables = shadows(connection, "main", name)
    if all(_is_same(connection, table, "main", "theirs") for table in tables):
        return
    if all(_is_same(connection, table, "main", "base") for table in tables):
        _copy(connection, tables)
        yield Decision(name, None, Action.CHANGE, Side.THEIRS)
    elif not all(_is_same(connection, table, "theirs", "base") for table in tables):
        raise CannotMerge(f"{name} is a virtual table, and both sides changed it")


def _copy(connection: sqlite3.Connection, tables: list[str]) -> None:
    for table in tables:
        connection.execute(f"DELETE FROM main.{quote(table)}")
        connection.execute(f"INSERT INTO main.{quote(table)} SELECT * FROM theirs.{quote(table)}")


def _is_same(connection: sqlite3.Connection, table: str, one: str, other: str) -> bool:
    for side in (one, other):
        if not connection.execute(f"SELECT 1 FROM {side}.sqlite_master WHERE name = ?", (table,)).fetchone():
            return False
    first = connection.execute(f"SELECT * FROM {one}.{quote(table)}")
    second = connection.execute(f"SELECT * FROM {other}.{quote(table)}")
    return all(row == second.fetchone() for row in first) and second.fetchone() is None


def rebuild_full_text(connection: sqlite3.Connection) -> list[str]:
    """Makes every index anew; returns a note on each that cannot be."""
    notes = []
    for name, sql in virtual_tables(connection, "main").items():
        if not is_full_text(sql):
            continue
        if not _has_its_text(connection, sql):
            notes.append(f"{name} finds what it found in ours: where its text comes from is no table")
            continue
        if _is_without_text(sql):
            notes.append(f"{name} keeps no text: it finds what ours found, until the program fills it again")
            continue
        make_openable(connection, name, sql)
        connection.execute(f"INSERT INTO main.{quote(name)} ({quote(name)}) VALUES ('rebuild')")
    return notes
