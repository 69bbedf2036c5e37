"""The live tables of one database as LiveTables: registered, with references between them worked out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

from waifusync.core.tables import TableShape
from waifusync.memory.rows import LiveTable, constant_defaults, rowid_name
from waifusync.memory.schema import read_shape, travelling_tables
from waifusync.memory.terms import Choices
from waifusync.values import dataclass


@dataclass(frozen=True, slots=True)
class Catalog:
    """The travelling tables, parents first."""

    tables: Mapping[str, LiveTable]

    def by_id(self) -> dict[int, LiveTable]:
        return {table.id: table for table in self.tables.values()}

    def children_of(self, parent: str) -> list[tuple[LiveTable, str]]:
        """The columns that number rows of this table."""
        return [
            (table, column)
            for table in self.tables.values()
            for column, target in table.references.items()
            if target == parent
        ]


def load_catalog(connection: sqlite3.Connection, choices: Choices) -> Catalog:
    """Reads the schema and registers what is new; needs a write transaction only when something is."""
    names = travelling_tables(connection, choices.exclude)
    shapes = {name: read_shape(connection, name) for name in names}
    references = _References(shapes, choices.references or {})
    tables = {}
    for name, shape in shapes.items():
        number, ordinals = register(connection, name, [column.name for column in shape.columns])
        tables[name] = LiveTable(
            id=number,
            shape=shape,
            ordinals=ordinals,
            references={
                column.name: target
                for column in shape.columns
                if (target := references.of(name, column.name))
            },
            vectors=_vector_columns(name, choices.vectors or {}),
            defaults=constant_defaults(connection, shape),
            rowid=_rowid(shape),
            is_atomic=name in choices.atomic,
        )
    return Catalog(tables)


def _rowid(shape: TableShape) -> str:
    return "" if shape.is_without_rowid else rowid_name(shape)


def register(connection: sqlite3.Connection, name: str, columns: list[str]) -> tuple[int, dict[str, int]]:
    """The collection's local number, and each column's ordinal; an ordinal once given is kept for good."""
    row = connection.execute("SELECT id, columns FROM waifusync_tables WHERE name = ?", (name,)).fetchone()
    if row is None:
        zero = "0" * 32
        connection.execute("INSERT INTO waifusync_tables VALUES (NULL, ?, '[]', ?, 0, '')", (name, zero))
        return register(connection, name, columns)
    known: list[str] = json.loads(row[1])
    added = [column for column in columns if column not in known]
    if added:
        known += added
        text = json.dumps(known, ensure_ascii=False)
        connection.execute("UPDATE waifusync_tables SET columns = ? WHERE id = ?", (text, row[0]))
    return row[0], {column: place for place, column in enumerate(known)}


def _vector_columns(table: str, chosen: Mapping[str, str]) -> dict[str, str]:
    split = ((name.rpartition("."), model) for name, model in chosen.items())
    return {column: model for (owner, _, column), model in split if owner == table}


class _References:
    """Which columns hold local row numbers of another table: declared, through a chain of keys, or chosen."""

    def __init__(self, shapes: Mapping[str, TableShape], chosen: Mapping[str, str]) -> None:
        self._shapes = shapes
        self._by_lower = {name.lower(): name for name in shapes}
        self._chosen = {column: target.rpartition(".")[0] for column, target in chosen.items()}

    def of(self, table: str, column: str, *, visited: frozenset[tuple[str, str]] = frozenset()) -> str | None:
        """The table whose rows this column numbers; None for a column with a value of its own."""
        if (table, column) in visited:
            return None
        chosen = self._chosen.get(f"{table}.{column}")
        if chosen is not None:
            return self._by_lower.get(chosen.lower())
        for parent, parent_column in self._targets(table, column):
            further = self.of(parent, parent_column, visited=visited | {(table, column)})
            if further is not None:
                return further
            if parent_column == self._shapes[parent].rowid_alias:
                return parent
        return None

    def _targets(self, table: str, column: str) -> list[tuple[str, str]]:
        found = []
        for key in self._shapes[table].foreign_keys:
            parent = self._by_lower.get(key.parent.lower())
            if parent is None:
                continue
            targets = key.parent_columns or self._shapes[parent].primary_key
            found += [
                (parent, target)
                for own, target in zip(key.columns, targets, strict=False)
                if own.lower() == column.lower()
            ]
        return found
