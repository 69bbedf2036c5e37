"""The statements that make a described table, or add its new columns: made here out of checked values.

SQL text from another device is never executed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from waifusync.core.tables import (
    add_column_statement,
    add_computed_statement,
    create_statement,
    from_fields,
    harmless,
)
from waifusync.memory.rows import LiveTable
from waifusync.memory.schema import is_kept_here


def shaping_statements(
    connection: sqlite3.Connection, name: str, live: LiveTable | None, described: Mapping[str, object]
) -> tuple[list[str], list[str]]:
    """The statements, and what is left out. Raises ValueError for what could not describe a table."""
    shape, left_out = harmless(from_fields(name, described))
    if live is None:
        return ([], []) if is_taken(connection, name) else ([create_statement(shape)], left_out)
    had = {known.lower() for known in (*live.ordinals, *live.shape.generated)}
    columns = [add_column_statement(name, each) for each in shape.columns if each.name.lower() not in had]
    computed = [add_computed_statement(name, each) for each in shape.computed if each.name.lower() not in had]
    return columns + computed, left_out if computed else []


def is_taken(connection: sqlite3.Connection, name: str) -> bool:
    """Whether something of that name is here: an excluded table, a view, a virtual table; or never may be."""
    if is_kept_here(name):
        return True
    row = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ? COLLATE NOCASE", (name,)).fetchone()
    return row is not None
