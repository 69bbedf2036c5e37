"""Columns that were renamed: one is gone, a like one stands in its place, and the rows have the last word."""

from __future__ import annotations

import sqlite3

from waifusync.core.definitions import parse, renamings
from waifusync.merging.sqlite.shape import Table, quote, rowid_name


def renamings_of(
    connection: sqlite3.Connection, side: str, base: Table | None, table: Table
) -> dict[str, str]:
    """Old to new name. One dropped and another added look the same, but no row has its value any more."""
    if base is None or base.sql == table.sql:
        return {}
    found = renamings(parse(base.sql), parse(table.sql))
    return {old: new for old, new in found.items() if _is_kept(connection, (base, old), (side, table, new))}


def _is_kept(connection: sqlite3.Connection, before: tuple[Table, str], now: tuple[str, Table, str]) -> bool:
    """Whether some row still has its value, or none had any."""
    (base, old), (side, table, new) = before, now
    keys = [quote(key) for key in table.key if base.has(key)] or [quote(rowid_name(table))]
    same = " AND ".join(f"b.{key} = s.{key}" for key in keys)
    rows = (
        f"FROM base.{quote(base.name)} AS b JOIN {side}.{quote(table.name)} AS s ON {same}"
        f" WHERE b.{quote(old)} IS NOT NULL"
    )
    is_kept = f"b.{quote(old)} COLLATE BINARY IS s.{quote(new)}"
    found = connection.execute(
        f"SELECT EXISTS (SELECT 1 {rows}), EXISTS (SELECT 1 {rows} AND {is_kept})"
    ).fetchone()
    return not found[0] or bool(found[1])
