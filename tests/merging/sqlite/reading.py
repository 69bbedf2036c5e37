"""What a database holds, as a reviewer writes it down: no row numbers, and references by what they point at.

A reference is "-> " and the first column of its parent beside the number, "-> nothing" if there is none.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class Broken(bytes):
    """Text that is not UTF-8."""


def _any_text(data: bytes) -> str | Broken:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return Broken(data)


def open_file(path: Path) -> sqlite3.Connection:
    """As a program opens it, with any text that may be in it."""
    connection = sqlite3.connect(path)
    connection.text_factory = _any_text
    return connection


@dataclass(frozen=True)
class _Table:
    name: str
    columns: list[str]
    number: str | None
    references: dict[str, tuple[str, str | None]]
    rows: list[Row]


class Reading:
    """All ordinary tables of one file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        names = connection.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
            " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        ).fetchall()
        self.tables = {name: _read(connection, name) for (name,) in names}
        self._by_lower = {name.lower(): table for name, table in self.tables.items()}

    def contents(self) -> dict[str, list[Row]]:
        """By table, each row without its NULLs and without a number that is only its own."""
        return {table.name: [self._shown(table, row) for row in table.rows] for table in self.tables.values()}

    def numbers(self) -> dict[str, dict[str, int]]:
        """By table, what each row is called to the number it has in this file."""
        return {
            table.name: {str(self._called(table, row)): row[table.number] for row in table.rows}
            for table in self.tables.values()
            if table.number is not None
        }

    def _shown(self, table: _Table, row: Row) -> Row:
        hidden = None if table.number in table.references else table.number
        return {
            column: self._value(table, column, row[column])
            for column in table.columns
            if column != hidden and row[column] is not None
        }

    def _value(self, table: _Table, column: str, value: object) -> object:
        if column in table.references:
            return self._reference(table, column, value)
        if isinstance(value, Broken):
            return {"text": value.hex()}
        return {"hex": value.hex()} if isinstance(value, bytes) else value

    def _reference(self, table: _Table, column: str, value: object) -> object:
        parent_name, target = table.references[column]
        parent = self._by_lower.get(parent_name.lower())
        if parent is None:
            return value
        target = target or parent.number
        if target is None or (target != parent.number and target not in parent.references):
            return value
        if target in parent.references:
            return self._reference(parent, target, value)
        found = [row for row in parent.rows if row[parent.number or ""] == value]
        return f"-> {self._called(parent, found[0])}" if found else "-> nothing"

    def _called(self, table: _Table, row: Row) -> object:
        first = next((column for column in table.columns if column != table.number), table.columns[0])
        return self._value(table, first, row[first])


def _read(connection: sqlite3.Connection, name: str) -> _Table:
    described = connection.execute("SELECT name, type, pk FROM pragma_table_xinfo(?)", (name,)).fetchall()
    (without_rowid,) = connection.execute(
        "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?", (name,)
    ).fetchone()
    # INTEGER PRIMARY KEY DESC has an index of its own, because it is no row number.
    is_indexed = connection.execute(
        "SELECT 1 FROM pragma_index_list(?) WHERE origin = 'pk'", (name,)
    ).fetchone()
    keys = [column for column, _, place in described if place]
    number = next((column for column, kind, place in described if place and kind.upper() == "INTEGER"), None)
    references = connection.execute(
        'SELECT "from", "table", "to" FROM pragma_foreign_key_list(?)', (name,)
    ).fetchall()
    columns = [column for column, _, _ in described]
    names = ", ".join('"' + column.replace('"', '""') + '"' for column in columns)
    rows = connection.execute(f'SELECT {names} FROM "{name.replace(chr(34), chr(34) * 2)}"')
    return _Table(
        name,
        columns,
        number if len(keys) == 1 and not without_rowid and not is_indexed else None,
        {column: (parent, target) for column, parent, target in references},
        [dict(zip(columns, row, strict=True)) for row in rows],
    )


def contents(path: Path) -> dict[str, list[Row]]:
    """The rows by table, in an order that does not depend on where they stand."""
    with closing(open_file(path)) as connection:
        found = Reading(connection).contents()
    return {table: in_order(rows) for table, rows in found.items()}


def in_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=exact)


def exact(value: object) -> str:
    """As text in which 1 and 1.0 are two things."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def numbers(path: Path) -> dict[str, dict[str, int]]:
    """By table, the number of each row."""
    with closing(open_file(path)) as connection:
        return Reading(connection).numbers()


def ask(path: Path, question: str) -> list[list[object]]:
    """What a program gets for a query."""
    with closing(open_file(path)) as connection:
        return [list(row) for row in connection.execute(question)]


def damage(path: Path) -> list[object]:
    """What integrity_check says that is not ok."""
    return [row for row in ask(path, "PRAGMA integrity_check") if row != ["ok"]]


def orphans(path: Path) -> set[tuple[object, object]]:
    """Child and parent tables between which a reference leads nowhere."""
    return {(child, parent) for child, _, parent, _ in ask(path, "PRAGMA foreign_key_check")}


def schema(path: Path) -> dict[str, Any]:
    """Columns by table, the names of indexes, triggers and views, and the numbers in the header."""
    with closing(open_file(path)) as connection:
        read = Reading(connection)
        found: dict[str, Any] = {"columns": {table.name: table.columns for table in read.tables.values()}}
        found |= {kind: list(_parts(connection, kind)) for kind in ("index", "trigger", "view")}
        for pragma in ("user_version", "application_id", "encoding", "page_size", "journal_mode"):
            found[pragma] = connection.execute(f"PRAGMA {pragma}").fetchone()[0]
    return found


def _parts(connection: sqlite3.Connection, kind: str) -> Iterator[str]:
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = ? AND sql > '' ORDER BY name", (kind,)
    )
    yield from (name for (name,) in rows)


def references(path: Path) -> set[tuple[str, str]]:
    """The columns that refer to other rows."""
    with closing(open_file(path)) as connection:
        tables = Reading(connection).tables.values()
    return {(table.name, column) for table in tables for column in table.references}
