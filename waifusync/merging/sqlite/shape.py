"""What a table of one of the databases is: columns, keys, uniques and references, read and never executed."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from waifusync.core.sql_text import is_literal, quote
from waifusync.core.table_kinds import TableKind, listing, options_of, table_kinds
from waifusync.merging.files import CannotMerge
from waifusync.values import NamedTuple

__all__ = ["Column", "Reference", "Table", "quote", "read_table", "read_tables", "rowid_name"]


class Column(NamedTuple):
    """A column with values of its own; `default` as SQL text where it is a constant, else NULL."""

    name: str
    type: str
    default: str
    place_in_key: int

    @property
    def keeps_types_apart(self) -> bool:
        """Whether 1 and 1.0 can both stand in it, which compare as equal."""
        kind = self.type.upper()
        declared = any(part in kind for part in ("INT", "CHAR", "CLOB", "TEXT", "REAL", "FLOA", "DOUB"))
        return (not declared and kind in ("", "ANY", "BLOB")) or "BLOB" in kind


class Reference(NamedTuple):
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


class Table(NamedTuple):
    name: str
    sql: str
    root: int
    columns: tuple[Column, ...]
    is_without_rowid: bool
    uniques: tuple[tuple[str, ...], ...]
    references: tuple[Reference, ...]
    collations: Mapping[str, str]  # of columns in keys and uniques, by name in lower case
    is_key_indexed: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        """The declared primary key, in its own order."""
        keyed = sorted((column.place_in_key, column.name) for column in self.columns if column.place_in_key)
        return tuple(name for _, name in keyed)

    @property
    def alias(self) -> str | None:
        """The INTEGER PRIMARY KEY, which is only another name for the local row number."""
        if self.is_without_rowid or len(self.key) != 1 or self.is_key_indexed:
            return None
        column = next(column for column in self.columns if column.place_in_key)
        return column.name if column.type.upper() == "INTEGER" else None

    def has(self, column: str) -> bool:
        return any(each.name.lower() == column.lower() for each in self.columns)


def rowid_name(table: Table) -> str:
    """A name of the row number that no column hides."""
    taken = {column.name.lower() for column in table.columns}
    for name in ("rowid", "_rowid_", "oid"):
        if name not in taken:
            return name
    raise CannotMerge(f"the table {table.name} hides its row numbers behind columns of those names")


def read_tables(connection: sqlite3.Connection, schema: str, only: str | None = None) -> Mapping[str, Table]:
    """The ordinary tables by name: no views, no virtual tables, nothing of SQLite's own."""
    rows = connection.execute(
        f"SELECT name, sql, rootpage FROM {schema}.sqlite_master WHERE type = 'table'"
        " AND ifnull(name = ?, 1) AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
        (only,),
    ).fetchall()
    kinds = table_kinds(connection.execute(listing(schema)))
    return {
        name: _read(connection, schema, name, sql, root)
        for name, sql, root in rows
        if _holds_rows(name, kinds[name])
    }


def _holds_rows(name: str, kind: TableKind) -> bool:
    """The text of a full-text table lies in an ordinary table behind it."""
    return kind is TableKind.ORDINARY or (kind is TableKind.BEHIND and name.endswith("_content"))


def read_table(connection: sqlite3.Connection, schema: str, name: str) -> Table:
    """An ordinary table that is there."""
    return read_tables(connection, schema, name)[name]


def _read(connection: sqlite3.Connection, schema: str, name: str, sql: str, root: int) -> Table:
    columns = connection.execute(
        "SELECT name, type, dflt_value, pk FROM pragma_table_xinfo(?, ?) WHERE hidden = 0 ORDER BY cid",
        (name, schema),
    )
    return Table(
        name=name,
        sql=sql,
        root=root,
        columns=tuple(
            Column(column, kind or "", default if is_literal(default) else "NULL", place)
            for column, kind, default, place in columns.fetchall()
        ),
        is_without_rowid="without rowid" in options_of(sql),
        uniques=_uniques(connection, schema, name),
        references=_references(connection, schema, name),
        collations=_collations(connection, schema, name),
        is_key_indexed="desc" in sql.lower() and _is_key_indexed(connection, schema, name),
    )


def _collations(connection: sqlite3.Connection, schema: str, name: str) -> dict[str, str]:
    rows = connection.execute(
        "SELECT lower(x.name), x.coll FROM pragma_index_list(?, ?) AS l, pragma_index_xinfo(l.name, ?) AS x"
        ' WHERE l."unique" AND x.key AND x.name IS NOT NULL',
        (name, schema, schema),
    )
    return dict(rows.fetchall())


def _is_key_indexed(connection: sqlite3.Connection, schema: str, name: str) -> bool:
    """INTEGER PRIMARY KEY DESC is, by an old mistake of SQLite's, no name for the row number."""
    found = connection.execute("SELECT 1 FROM pragma_index_list(?, ?) WHERE origin = 'pk'", (name, schema))
    return found.fetchone() is not None


def _uniques(connection: sqlite3.Connection, schema: str, name: str) -> tuple[tuple[str, ...], ...]:
    """By constraint or by index, over whole columns and all rows."""
    indexes = connection.execute(
        "SELECT name FROM pragma_index_list(?, ?)"
        " WHERE \"unique\" AND NOT partial AND origin <> 'pk' ORDER BY name",
        (name, schema),
    ).fetchall()
    found = []
    for (index,) in indexes:
        columns = connection.execute(
            "SELECT name FROM pragma_index_info(?, ?) ORDER BY seqno", (index, schema)
        ).fetchall()
        if all(column for (column,) in columns):
            found.append(tuple(column for (column,) in columns))
    return tuple(sorted(found))


def _references(connection: sqlite3.Connection, schema: str, name: str) -> tuple[Reference, ...]:
    rows = connection.execute(
        'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?, ?) ORDER BY id, seq', (name, schema)
    ).fetchall()
    grouped: dict[int, list[tuple[str, str, str | None]]] = {}
    for number, parent, column, target in rows:
        grouped.setdefault(number, []).append((parent, column, target))
    return tuple(
        Reference(
            tuple(part[1] for part in parts),
            parts[0][0],
            tuple(part[2] for part in parts if part[2] is not None),
        )
        for parts in grouped.values()
    )
