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
from waifusync.core.three_way import Action, Decision, Side
from waifusync.merging.files import CannotMerge
from waifusync.merging.sqlite.joining import execute_definition

_FTS = r"CREATE\s+VIRTUAL\s+TABLE\s.*?\sUSING\s+(fts[345])\b"


def virtual_tables(connection: sqlite3.Connection, schema: str) -> dict[str, str]:
    """Name to definition."""
    rows = connection.execute(
        f"SELECT name, sql FROM {schema}.sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL%'"
    )
    return dict(rows.fetchall())


def is_full_text(sql: str) -> bool:
    return re.match(_FTS, sql, re.IGNORECASE | re.DOTALL) is not None


def shadows(connection: sqlite3.Connection, schema: str, name: str) -> list[str]:
    """The tables behind a virtual one."""
    rows = connection.execute(
        "SELECT name FROM pragma_table_list WHERE schema = ? AND type = 'shadow' ORDER BY name", (schema,)
    )
    return [shadow for (shadow,) in rows if shadow.startswith(name + "_")]


def join_virtual_tables(connection: sqlite3.Connection) -> Iterator[Decision]:
    """Makes in `main` what theirs added; raises CannotMerge for what both changed and cannot be read."""
    ours, theirs, base = (virtual_tables(connection, side) for side in ("main", "theirs", "base"))
    for name, sql in theirs.items():
        if name not in ours and name not in base:
            if not is_full_text(sql):
                raise CannotMerge(f"{name} is a virtual table that cannot be carried over")
            execute_definition(connection, sql)
            yield Decision(name, None, Action.ADD, Side.THEIRS)
        elif name in ours and not is_full_text(sql):
            yield from _take_whole(connection, name)


def _take_whole(connection: sqlite3.Connection, name: str) -> Iterator[Decision]:
    tables = shadows(connection, "main", name)
    if all(_is_same(connection, table, "main", "theirs") for table in tables):
        return
    if all(_is_same(connection, table, "main", "base") for table in tables):
        for table in tables:
            connection.execute(f"DELETE FROM main.{quote(table)}")
            connection.execute(f"INSERT INTO main.{quote(table)} SELECT * FROM theirs.{quote(table)}")
        yield Decision(name, None, Action.CHANGE, Side.THEIRS)
    elif not all(_is_same(connection, table, "theirs", "base") for table in tables):
        raise CannotMerge(f"{name} is a virtual table, and both sides changed it")


def _is_same(connection: sqlite3.Connection, table: str, one: str, other: str) -> bool:
    has = connection.execute(f"SELECT 1 FROM {other}.sqlite_master WHERE name = ?", (table,)).fetchone()
    if not has:
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
        if re.search(r"content\s*=\s*(''|\"\")", sql):
            notes.append(f"{name} keeps no text: it finds what ours found, until the program fills it again")
            continue
        connection.execute(f"INSERT INTO main.{quote(name)} ({quote(name)}) VALUES ('rebuild')")
    return notes
