"""The statements that make a described table, or add its new columns: made here out of checked values.

SQL text from another device is never executed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from waifusync.core.tables import add_column_statement, create_statement, from_fields
from waifusync.memory.rows import LiveTable


def shaping_statements(
    connection: sqlite3.Connection, name: str, live: LiveTable | None, described: Mapping[str, object]
) -> list[str]:
    """Raises ValueError for a description that could not be a table's."""
    shape = from_fields(name, described)
    if live is None:
        return [] if is_taken(connection, name) else [create_statement(shape)]
    had = {known.lower() for known in live.ordinals} | {column.lower() for column in live.shape.generated}
    return [add_column_statement(name, each) for each in shape.columns if each.name.lower() not in had]


def is_taken(connection: sqlite3.Connection, name: str) -> bool:
    """Whether something of that name is here: an excluded table, a view, a virtual table."""
    row = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ? COLLATE NOCASE", (name,)).fetchone()
    return row is not None
