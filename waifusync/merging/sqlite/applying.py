"""Doing what was decided, in `main`: whole sets at once, and row by row only where a constraint objects."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from waifusync.core.sql_text import quote
from waifusync.core.three_way import Decision
from waifusync.merging.sqlite.changes import EDITED, REMOVED
from waifusync.merging.sqlite.counting import Counting
from waifusync.merging.sqlite.deciding import work_table
from waifusync.merging.sqlite.plan import Joint, Kind
from waifusync.merging.sqlite.statements import insert_statement, update_statement


def apply(
    connection: sqlite3.Connection, joint: Joint, counting: Counting | None, joints: Sequence[Joint]
) -> Iterator[Decision]:
    """Of one table, `counting` its rows without a key. What could not be done as decided is decided anew."""
    from waifusync.merging.sqlite.colliding import apply_one_by_one

    if "theirs" in joint.untouched:
        return
    is_keyed = joint.kind is not Kind.COUNTED
    if is_keyed:
        delete(connection, joint)
    connection.execute("SAVEPOINT waifusync_rows")
    try:
        if is_keyed:
            _updates(connection, joint)
            _inserts(connection, joint)
        added = list(counting.add()) if counting else []
        if counting and counting.left_out:
            raise sqlite3.IntegrityError
    except sqlite3.IntegrityError:
        connection.execute("ROLLBACK TO waifusync_rows")
        added = list(apply_one_by_one(connection, joint, counting, joints))
    connection.execute("RELEASE waifusync_rows")
    yield from added


def delete(connection: sqlite3.Connection, joint: Joint) -> None:
    """The rows that the result does not have."""
    names = ", ".join(quote(field.name) for field in joint.key)
    merged = ", ".join(f"m{place}" for place in range(len(joint.key)))
    connection.execute(
        f"DELETE FROM {joint.source('ours')} WHERE ({names}) IN"
        f" (SELECT {merged} FROM {work_table(joint)} WHERE what = {REMOVED})"
    )


def _updates(connection: sqlite3.Connection, joint: Joint) -> None:
    masks = connection.execute(
        f"SELECT DISTINCT mask FROM {work_table(joint)} WHERE what = {EDITED} AND mask LIKE '%1%'"
    ).fetchall()
    for (mask,) in masks:
        connection.execute(update_statement(joint, mask), (mask,))


def _inserts(connection: sqlite3.Connection, joint: Joint) -> None:
    connection.execute(insert_statement(joint))
