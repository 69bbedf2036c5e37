"""A database copied into another text encoding: SQLite joins only what is encoded alike."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from waifusync.core.sql_text import quote
from waifusync.core.values import RawText
from waifusync.merging.files import CannotMerge
from waifusync.merging.sqlite.joining import execute_definition
from waifusync.merging.sqlite.searching import can_be_made, shadows, virtual_tables
from waifusync.merging.sqlite.shape import read_tables, rowid_name


def recode(source: sqlite3.Connection, made: sqlite3.Connection) -> None:
    """Tables with their rows and row numbers, then the rest of the schema as text. Raises CannotMerge."""
    for name, sql in virtual_tables(source, "main").items():
        if not can_be_made(sql):
            raise CannotMerge(f"{name} is a virtual table, and cannot be carried into another text encoding")
        execute_definition(made, sql, behind=name)
        for shadow in shadows(source, "main", name):
            made.execute(f"DELETE FROM {quote(shadow)}")
            _copy(source, made, shadow, _columns(source, shadow))
    there = {name for (name,) in made.execute("SELECT name FROM sqlite_master")}
    for table in read_tables(source, "main").values():
        if table.name not in there:
            execute_definition(made, table.sql)
            rowid = [] if table.is_without_rowid or table.alias else [rowid_name(table)]
            _copy(source, made, table.name, [*rowid, *(quote(column.name) for column in table.columns)])
    others = "SELECT sql FROM sqlite_master WHERE type IN ('index', 'view', 'trigger') AND sql > ''"
    for (sql,) in source.execute(others).fetchall():
        execute_definition(made, sql)


def _columns(source: sqlite3.Connection, table: str) -> list[str]:
    rows = source.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()
    return [quote(name) for (name,) in rows]


def _copy(source: sqlite3.Connection, made: sqlite3.Connection, table: str, columns: list[str]) -> None:
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    rows = source.execute(f"SELECT {names} FROM {quote(table)}")
    made.executemany(f"INSERT INTO {quote(table)} ({names}) VALUES ({marks})", _writable(table, rows))


def _writable(table: str, rows: Iterable[Sequence[object]]) -> Iterator[Sequence[object]]:
    for row in rows:
        if any(isinstance(value, RawText) for value in row):
            raise CannotMerge(f"{table} holds broken text, which cannot be written in another encoding")
        yield row
