"""A row that one side deleted and that a row of the other side has come to refer to: it stays, with a clash.

Only what the merge itself broke is mended; a reference that led nowhere on its own side is left as it was.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence

from waifusync.core.sql_text import quote
from waifusync.core.three_way import Action, Clash, Decision, Side
from waifusync.core.values import Stored, to_travel
from waifusync.merging.files import CannotMerge
from waifusync.merging.sqlite.binding import key_text, mark
from waifusync.merging.sqlite.changes import REMOVED
from waifusync.merging.sqlite.plan import Field, Joint, Kind
from waifusync.merging.sqlite.shape import Reference, Table


def keep_parents(
    connection: sqlite3.Connection, joints: Sequence[Joint], tables: Mapping[str, Table]
) -> Iterator[Decision]:
    """Again and again, since a row that is kept may have parents of its own."""
    by_name = {joint.name.lower(): joint for joint in joints if not joint.only_without_key}
    shrunk = {name for name, joint in by_name.items() if _has_removals(connection, joint)}
    is_changed = bool(shrunk)
    while is_changed:
        is_changed = False
        for table in tables.values():
            for reference in table.references:
                if reference.parent.lower() in shrunk:
                    kept = list(_keep(connection, table, reference, by_name[reference.parent.lower()]))
                    is_changed = is_changed or bool(kept)
                    yield from kept


def _has_removals(connection: sqlite3.Connection, joint: Joint) -> bool:
    return any(
        connection.execute(f"SELECT 1 FROM {joint.changes(side)} WHERE what = {REMOVED} LIMIT 1").fetchone()
        for side in ("ours", "theirs")
        if joint.kind is not Kind.COUNTED
    )


def _keep(
    connection: sqlite3.Connection, table: Table, reference: Reference, parent: Joint
) -> Iterator[Decision]:
    targets = reference.parent_columns or tuple(field.name for field in parent.key)
    for values in _missing(connection, table, reference, parent, targets):
        for side in (Side.OURS, Side.THEIRS):
            row = _insert_from(connection, side, parent, targets, values)
            if row is not None:
                told = {field.name: to_travel(value) for field, value in zip(parent.fields, row)}
                versions = (told, None, told) if side is Side.THEIRS else (told, told, None)
                clash = Clash.of("removed by one side; a row of the other refers to it", versions)
                key = [row[parent.fields.index(field)] for field in parent.key]
                yield Decision(parent.name, key_text(key), Action.KEEP, side, clash=clash)
                break


def _missing(
    connection: sqlite3.Connection, table: Table, reference: Reference, parent: Joint, targets: Sequence[str]
) -> list[tuple[Stored, ...]]:
    own = [f"c.{quote(name)}" for name in reference.columns]
    there = " AND ".join(f"p.{quote(target)} = {name}" for target, name in zip(targets, own))
    return connection.execute(
        f"SELECT DISTINCT {', '.join(own)} FROM main.{quote(table.name)} AS c"
        f" WHERE {' AND '.join(name + ' IS NOT NULL' for name in own)}"
        f" AND NOT EXISTS (SELECT 1 FROM main.{quote(parent.name)} AS p WHERE {there})"
    ).fetchall()


def _insert_from(
    connection: sqlite3.Connection,
    side: Side,
    parent: Joint,
    targets: Sequence[str],
    values: Sequence[Stored],
) -> tuple[Stored, ...] | None:
    """The row as the side still has it; None when it has none. Raises CannotMerge if it is not let in."""
    source = f"ours.{quote(parent.name)}" if side is Side.OURS else parent.source("theirs")
    if side is Side.OURS and not _is_as_ours(connection, parent):
        return None
    taken = [
        _from_theirs(parent, field) if side is Side.THEIRS else f"s.{quote(field.name)}"
        for field in parent.fields
    ]
    where = " AND ".join(
        f"{_from_theirs(parent, field) if side is Side.THEIRS else field.on('ours', 's')} = {mark(value)}"
        for field, value in zip(map(parent.field, targets), values)
    )
    names = ", ".join(quote(field.name) for field in parent.fields)
    read = f"SELECT {', '.join(taken)} FROM {source} AS s WHERE {where}"
    row = connection.execute(read, tuple(values)).fetchone()
    if row is None:
        return None
    try:
        connection.execute(f"INSERT OR ABORT INTO main.{quote(parent.name)} ({names}) {read}", tuple(values))
    except sqlite3.IntegrityError as error:
        raise CannotMerge(
            f"rows refer to one of {parent.name} that cannot stand beside the others: {error}",
            hint="make them differ on one side, commit that, and merge again",
        ) from error
    return tuple(row)


def _from_theirs(parent: Joint, field: Field) -> str:
    """Under the number that the row was given here, if it was."""
    value = parent.theirs(field, "s")
    if parent.kind is not Kind.NUMBERED or field not in parent.key:
        return value
    return f"coalesce((SELECT new FROM {parent.numbers} WHERE old = {value}), {value})"


def _is_as_ours(connection: sqlite3.Connection, parent: Joint) -> bool:
    """Whether the merged columns are all ours had: where the table was rebuilt, `ours` may lack some."""
    had = {
        name
        for (name,) in connection.execute("SELECT name FROM pragma_table_xinfo(?, 'ours')", (parent.name,))
    }
    return all(field.name in had for field in parent.fields)
