"""A full-text table out of a file, made safe to open: its index is emptied before SQLite reads it.

Only where the index is made anew, or goes with its table. What FTS5 reads first is a list of the index's
parts; one of noise made it ask for 1.6 gigabytes, between two steps of SQLite's, where no bound holds.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

from waifusync.core.sql_text import quote
from waifusync.core.table_kinds import TableKind, listing, module_of, table_kinds, tables_behind
from waifusync.merging.files import CannotMerge
from waifusync.values import NamedTuple


class _Fresh(NamedTuple):
    """What this SQLite puts behind a table that has no row yet."""

    pages: list[tuple[int, bytes]]
    version: int


def make_openable(connection: sqlite3.Connection, name: str, sql: str) -> None:
    """The table of that name in `main`, whose triggers are off. Raises CannotMerge."""
    kinds = {table.lower(): kind for table, kind in table_kinds(connection.execute(listing())).items()}
    for table in tables_behind(name, sql):
        if kinds.get(table.lower(), TableKind.BEHIND) is not TableKind.BEHIND:
            raise CannotMerge(f"{table} is not what the full-text table {name} made behind itself")
    if module_of(sql) == "fts5":
        _empty(connection, name)


def _empty(connection: sqlite3.Connection, name: str) -> None:
    data, config = (f"main.{quote(f'{name}_{part}')}" for part in ("data", "config"))
    fresh = _fresh()
    connection.execute(f"DELETE FROM {data}")
    connection.executemany(f"INSERT INTO {data} (id, block) VALUES (?, ?)", fresh.pages)
    connection.execute(f"INSERT OR REPLACE INTO {config} (k, v) VALUES ('version', ?)", (fresh.version,))


def _fresh() -> _Fresh:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE fresh USING fts5 (text)")
        pages = connection.execute("SELECT id, block FROM fresh_data").fetchall()
        (version,) = connection.execute("SELECT v FROM fresh_config WHERE k = 'version'").fetchone()
    return _Fresh(pages, version)
