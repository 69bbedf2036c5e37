"""What one side changed since base, as a temporary table for each table and side: keys, and no values.

k0, k1, …   the row's key as that side has it (for COUNTED tables, its row number there)
what        ADDED, EDITED or REMOVED
mask        of an edited row, one character for each field: 1 where it changed
"""

from __future__ import annotations

import sqlite3

from waifusync.merging.sqlite.pages import Near, Ranges
from waifusync.merging.sqlite.plan import Joint, Kind

ADDED, EDITED, REMOVED = 1, 2, 3


def list_changes(connection: sqlite3.Connection, joint: Joint, side: str, near: Near | None = None) -> None:
    """Fills the table; `near` are row numbers beside which nothing changed, None when it may be anywhere."""
    if side in joint.untouched:
        return
    keys = "k0 INTEGER"  # declared, because SQLite looks up a row number in no index of anything else
    if joint.kind is Kind.NAMED:
        keys = ", ".join(f'k{place} COLLATE "{field.collation}"' for place, field in enumerate(joint.key))
    connection.execute(f"CREATE TABLE {joint.changes(side)} ({keys}, what INTEGER, mask TEXT)")
    if near is None or near.there or near.before:
        there = _rows(connection, joint, side, near and near.there, side)
        before = _rows(connection, joint, "base", near and near.before, side)
        into = f"INSERT INTO {joint.changes(side)} "
        if joint.kind is Kind.COUNTED:
            connection.execute(into + _counted(joint, side, "base", ADDED, there))
            connection.execute(into + _counted(joint, "base", side, REMOVED, before))
        else:
            connection.execute(into + _added_and_edited(joint, side, there))
            connection.execute(into + _removed(joint, side, before))
    name = f"waifusync_{side}_{joint.place}"
    connection.execute(f"CREATE INDEX temp.{name}_keys ON {name} (k0)")


def _rows(connection: sqlite3.Connection, joint: Joint, source: str, ranges: Ranges | None, side: str) -> str:
    """The rows to look at, as `s`: those in the ranges, or all."""
    if ranges is None:
        return f"{joint.source(source)} AS s"
    name = f"temp.waifusync_{'there' if source == side else 'before'}_{side}_{joint.place}"
    connection.execute(f"CREATE TABLE {name} (low INTEGER, high INTEGER)")
    connection.executemany(f"INSERT INTO {name} VALUES (?, ?)", ranges)
    # CROSS: the ranges first, whatever the planner thinks of them.
    within = f"s.{joint.rowids[source]} BETWEEN r.low AND r.high"
    return f"{name} AS r CROSS JOIN {joint.source(source)} AS s ON {within}"


def _key(joint: Joint, side: str, alias: str) -> str:
    return ", ".join(field.on(side, alias) for field in joint.key)


def _whole_keys(joint: Joint, side: str, alias: str) -> str:
    """Rows with a NULL in their key are nobody's namesake, and are counted instead."""
    if joint.is_strict_key:
        return "1"
    return " AND ".join(f"{field.on(side, alias)} IS NOT NULL" for field in joint.key)


def _added_and_edited(joint: Joint, side: str, rows: str) -> str:
    # A key that is found by another spelling of it (NOCASE, or 1 for 1.0) may have changed too.
    exact = [field for field in joint.key if field.collation == "BINARY" and not field.keeps_types_apart]
    changed = [field.changed(side, "s", "b") for field in joint.fields if field not in exact] or ["0"]
    mask = " || ".join(f"({each})" for each in _masks(joint, side))
    first = joint.key[0].on("base", "b")
    return (
        f"SELECT {_key(joint, side, 's')}, CASE WHEN {first} IS NULL THEN {ADDED} ELSE {EDITED} END,"
        f" CASE WHEN {first} IS NULL THEN '' ELSE {mask} END FROM {rows}"
        f" LEFT JOIN {joint.source('base')} AS b ON {joint.matches((side, 's'), ('base', 'b'))}"
        f" WHERE {_whole_keys(joint, side, 's')} AND ({first} IS NULL OR {' OR '.join(changed)})"
    )


def _masks(joint: Joint, side: str) -> list[str]:
    """Each "0" or "1"; a key that is written in other letters (NOCASE) counts as changed too."""
    return [field.changed(side, "s", "b") for field in joint.fields]


def _removed(joint: Joint, side: str, rows: str) -> str:
    there = f"SELECT 1 FROM {joint.source(side)} AS o WHERE {joint.matches((side, 'o'), ('base', 's'))}"
    return (
        f"SELECT {_key(joint, 'base', 's')}, {REMOVED}, '' FROM {rows}"
        f" WHERE {_whole_keys(joint, 'base', 's')} AND NOT EXISTS ({there})"
    )


def _counted(joint: Joint, side: str, other: str, what: int, rows: str) -> str:
    """Rows that do not stand unchanged at the same place on the other side: the rest needs no counting."""
    rowid, other_rowid = joint.rowids[side], joint.rowids[other]
    same = " AND ".join(f"{_exact(joint, side, other, place)}" for place in range(len(joint.fields)))
    return (
        f"SELECT s.{rowid}, {what}, '' FROM {rows}"
        f" LEFT JOIN {joint.source(other)} AS b ON s.{rowid} = b.{other_rowid} AND {same}"
        f" WHERE b.{other_rowid} IS NULL{_only_nameless(joint, side)}"
    )


def _only_nameless(joint: Joint, side: str) -> str:
    if not joint.only_without_key:
        return ""
    return f" AND ({' OR '.join(field.on(side, 's') + ' IS NULL' for field in joint.key)})"


def _exact(joint: Joint, side: str, other: str, place: int) -> str:
    field = joint.fields[place]
    mine, was = field.on(side, "s"), field.on(other, "b")
    same = f"{mine} COLLATE BINARY IS {was}"
    return f"{same} AND typeof({mine}) IS typeof({was})" if field.keeps_types_apart else same
