"""New rows of both sides that one table cannot hold together, though nothing said that they are one row.

known by number    they are one row after all, merged by the field (indexes of expressions)
known by a key     the row of the lesser key stands, and the other is only in the report
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from waifusync.core.sql_text import quote
from waifusync.core.three_way import Action, Clash, Decision, Side
from waifusync.core.values import Stored, to_travel
from waifusync.merging.files import CannotMerge
from waifusync.merging.sqlite.binding import mark
from waifusync.merging.sqlite.changes import ADDED, REMOVED
from waifusync.merging.sqlite.deciding import key_text, versions_of
from waifusync.merging.sqlite.plan import Joint, Kind
from waifusync.merging.sqlite.ranking import order
from waifusync.merging.sqlite.shape import read_tables

Key = tuple[Stored, ...]


def settle_rivals(
    connection: sqlite3.Connection, joint: Joint, keys: tuple[Key, Key], statement: str, reason: str
) -> Iterator[Decision]:
    """`keys` are those of a new row in theirs and in the result, `statement` the insert that failed."""
    refuse_new_constraint(joint, reason)
    theirs_key, key = keys
    rivals = _rivals(connection, joint, statement)
    if joint.kind is Kind.NUMBERED and len(rivals) == 1:
        yield from _unite(connection, joint, theirs_key, rivals[0])
    elif rivals and all(_is_less(key, rival) for rival in rivals):
        for rival in rivals:
            yield from _leave_out(connection, joint, Side.OURS, rival, reason)
            connection.execute(f"DELETE FROM {joint.source('ours')} WHERE {is_key(joint, rival)}", rival)
        connection.execute(statement)
    else:
        _refuse_new_unique(connection, joint, reason)
        yield from _leave_out(connection, joint, Side.THEIRS, key, reason, theirs_key)


def refuse_new_constraint(joint: Joint, reason: str) -> None:
    """A row that theirs could hold and the merged table cannot: ours made the table stricter. CannotMerge."""
    if not reason.startswith("UNIQUE"):
        raise _refusal(joint, reason)


def _refuse_new_unique(connection: sqlite3.Connection, joint: Joint, reason: str) -> None:
    merged, theirs = (set(read_tables(connection, side)[joint.name].uniques) for side in ("main", "theirs"))
    if merged - theirs:
        raise _refusal(joint, reason)


def _refusal(joint: Joint, reason: str) -> CannotMerge:
    return CannotMerge(
        f"rows of {joint.name} that one side has break a constraint that the other has added: {reason}",
        hint="make the rows or the constraint fit on one side, commit that, and merge again",
    )


def _is_less(one: Key, other: Key) -> bool:
    return [order(each) for each in one] < [order(each) for each in other]


def is_key(joint: Joint, key: Sequence[Stored], alias: str = "") -> str:
    """A condition that the key, bound in its order, is that of the row; `alias` with its point."""
    return " AND ".join(f"{alias}{quote(field.name)} = {mark(value)}" for field, value in zip(joint.key, key))


def _rivals(connection: sqlite3.Connection, joint: Joint, statement: str) -> list[Key]:
    """The new rows of ours that would have to go: SQLite is asked, since only it reads its indexes."""
    there = " AND ".join(f"o.{quote(field.name)} = c.k{place}" for place, field in enumerate(joint.key))
    keys = ", ".join(f"c.k{place}" for place in range(len(joint.key)))
    connection.execute("SAVEPOINT waifusync_rivals")
    try:
        connection.execute(statement.replace("INSERT", "INSERT OR REPLACE", 1))
        return connection.execute(
            f"SELECT {keys} FROM {joint.changes('ours')} AS c WHERE c.what = {ADDED}"
            f" AND NOT EXISTS (SELECT 1 FROM {joint.source('ours')} AS o WHERE {there})"
        ).fetchall()
    except sqlite3.IntegrityError:
        return []
    finally:
        connection.execute("ROLLBACK TO waifusync_rivals")
        connection.execute("RELEASE waifusync_rivals")


def _unite(connection: sqlite3.Connection, joint: Joint, theirs_key: Key, rival: Key) -> Iterator[Decision]:
    """What refers to the row of theirs comes to refer to the one that is there."""
    connection.execute(f"INSERT OR REPLACE INTO {joint.numbers} VALUES (?, ?)", (*theirs_key, *rival))
    _, ours, theirs = versions_of(connection, joint, theirs_key, rival)
    for field, mine, other in zip(joint.fields, ours or (), theirs or ()):
        if field in joint.key or order(mine) == order(other):
            continue
        side = Side.THEIRS if order(other) > order(mine) else Side.OURS
        if side is Side.THEIRS:
            connection.execute(
                f"UPDATE OR IGNORE {joint.source('ours')} SET {quote(field.name)} = {mark(other)}"
                f" WHERE {is_key(joint, rival)}",
                (other, *rival),
            )
        if mine is not None and other is not None:
            clash = Clash("changed on both sides", None, to_travel(mine), to_travel(other))
            yield Decision(joint.name, key_text(rival), Action.CHANGE, side, field.name, clash)


def _leave_out(
    connection: sqlite3.Connection,
    joint: Joint,
    side: Side,
    key: Key,
    reason: str,
    theirs_key: Key | None = None,
) -> Iterator[Decision]:
    _, ours, theirs = versions_of(connection, joint, theirs_key or key, key)
    row = ours if side is Side.OURS else theirs
    told = {field.name: to_travel(value) for field, value in zip(joint.fields, row or ())}
    # As if it had been removed, so that what refers to it is looked for.
    names = ", ".join(f"k{place}" for place in range(len(joint.key)))
    marks = ", ".join(map(mark, key))
    connection.execute(
        f"INSERT INTO {joint.changes(side.value)} ({names}, what) VALUES ({marks}, {REMOVED})", key
    )
    versions = (None, told, None) if side is Side.OURS else (None, None, told)
    clash = Clash.of(f"kept out of the table: {reason}", versions)
    yield Decision(joint.name, key_text(key), Action.REMOVE, Side.BASE, clash=clash)
