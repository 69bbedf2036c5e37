"""What hangs on the tables of one database: indexes, views and triggers, as texts."""

from __future__ import annotations

import sqlite3

from waifusync.core.definitions import meaning
from waifusync.values import NamedTuple


class Part(NamedTuple):
    kind: str
    table: str
    sql: str

    @property
    def meaning(self) -> tuple[str, ...]:
        return meaning(self.sql)

    @property
    def is_unique(self) -> bool:
        return self.kind == "index" and self.meaning[:2] == ("create", "unique")

    def is_same(self, other: Part | None) -> bool:
        return other is not None and (self.sql == other.sql or self.meaning == other.meaning)


def read_parts(connection: sqlite3.Connection, schema: str) -> dict[str, Part]:
    """Indexes that were made by a statement, views and triggers, by name."""
    rows = connection.execute(
        f"SELECT name, type, tbl_name, sql FROM {schema}.sqlite_master"
        " WHERE type IN ('index', 'view', 'trigger') AND sql > ''"
    )
    return {name: Part(kind, table, sql) for name, kind, table, sql in rows}
