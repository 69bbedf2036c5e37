"""Tables that one side dropped and that stay: the other changed them, or what stays refers to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from waifusync.core.three_way import Side
from waifusync.merging.sqlite.shape import Table, quote
from waifusync.values import NamedTuple

Tables = Mapping[str, Mapping[str, Table]]


class Dropped(NamedTuple):
    """By one side; `keeper` still has it."""

    keeper: Side
    table: Table


def reasons_to_stay(connection: sqlite3.Connection, tables: Tables) -> dict[str, str]:
    """Why, by the names of those that stay."""
    dropped = _dropped(tables)
    reasons = {
        name: f"changed by {each.keeper.value}"
        for name, each in dropped.items()
        if _differs(connection, each.keeper.value, tables["base"][name], each.table)
    }
    waiting = list(reasons)
    while waiting:
        child = waiting.pop()
        for parent in _parents(dropped, child):
            if parent not in reasons:
                reasons[parent] = f"referred to by {child}, which stays"
                waiting.append(parent)
    return reasons


def _dropped(tables: Tables) -> dict[str, Dropped]:
    found = {}
    for name in tables["base"]:
        ours, theirs = tables["ours"].get(name), tables["theirs"].get(name)
        if theirs is None and ours is not None:
            found[name] = Dropped(Side.OURS, ours)
        elif ours is None and theirs is not None:
            found[name] = Dropped(Side.THEIRS, theirs)
    return found


def _parents(dropped: Mapping[str, Dropped], child: str) -> list[str]:
    wanted = {reference.parent.lower() for reference in dropped[child].table.references}
    return [
        name
        for name, each in dropped.items()
        if name.lower() in wanted and each.keeper is dropped[child].keeper
    ]


def _differs(connection: sqlite3.Connection, side: str, base: Table, table: Table) -> bool:
    if base.sql != table.sql:
        return True
    names = ", ".join(quote(column.name) for column in table.columns)
    # Read in full and compared in order: a table that was not touched has its rows where they were.
    before = connection.execute(f"SELECT {names} FROM base.{quote(base.name)}")
    after = connection.execute(f"SELECT {names} FROM {side}.{quote(table.name)}")
    return any(row != before.fetchone() for row in after) or before.fetchone() is not None
