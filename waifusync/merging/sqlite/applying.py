"""Doing what was decided, in `main`: whole sets at once, and row by row only where a constraint objects."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from waifusync.core.sql_text import quote
from waifusync.core.three_way import Decision
from waifusync.merging.sqlite.changes import ADDED, EDITED, REMOVED
from waifusync.merging.sqlite.deciding import work_table
from waifusync.merging.sqlite.plan import Joint
from waifusync.merging.sqlite.statements import insert_statement, update_statement


def apply(connection: sqlite3.Connection, joint: Joint) -> Iterator[Decision]:
    """What could not be done as decided is decided anew, and returned."""
    from waifusync.merging.sqlite import colliding

    delete(connection, joint)
    for what, statement in ((EDITED, _updates), (ADDED, _inserts)):
        connection.execute("SAVEPOINT waifusync_rows")
        try:
            statement(connection, joint)
        except sqlite3.IntegrityError:
            connection.execute("ROLLBACK TO waifusync_rows")
            yield from colliding.apply_row_by_row(connection, joint, what)
        connection.execute("RELEASE waifusync_rows")


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
        f"SELECT DISTINCT mask FROM {work_table(joint)} WHERE what = {EDITED}"
    ).fetchall()
    for (mask,) in masks:
        connection.execute(update_statement(joint, mask), (mask,))


def _inserts(connection: sqlite3.Connection, joint: Joint) -> None:
    connection.execute(insert_statement(joint))
