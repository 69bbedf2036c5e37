"""Doing what was decided, in `main`: whole sets at once, and row by row only where a constraint objects."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from waifusync.core.sql_text import quote
from waifusync.core.three_way import Decision
from waifusync.merging.sqlite.changes import ADDED, EDITED, REMOVED
from waifusync.merging.sqlite.deciding import work_table
from waifusync.merging.sqlite.plan import Joint


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


def update_statement(joint: Joint, mask: str, where: str = "") -> str:
    """The fields of the mask from theirs, for all rows that have this mask."""
    taken = [field for field, is_theirs in zip(joint.fields, mask) if is_theirs == "1"]
    settings = ", ".join(f"{quote(field.name)} = {joint.theirs(field, 't')}" for field in taken)
    here = " AND ".join(f"o.{quote(field.name)} = w.m{place}" for place, field in enumerate(joint.key))
    return (
        f"UPDATE {joint.source('ours')} AS o SET {settings} FROM {_from_theirs(joint)}"
        f" WHERE {here} AND w.what = {EDITED} AND w.mask = ?{where}"
    )


def _from_theirs(joint: Joint) -> str:
    there = " AND ".join(f"{field.on('theirs', 't')} = w.r{place}" for place, field in enumerate(joint.key))
    return f"{work_table(joint)} AS w JOIN {joint.source('theirs')} AS t ON {there}"


def _inserts(connection: sqlite3.Connection, joint: Joint) -> None:
    connection.execute(insert_statement(joint))


def insert_statement(joint: Joint, where: str = "") -> str:
    """New rows of theirs, under the numbers they have here."""
    names = ", ".join(quote(field.name) for field in joint.fields)
    keys = {field.name: f"w.m{place}" for place, field in enumerate(joint.key)}
    values = ", ".join(keys.get(field.name) or joint.theirs(field, "t") for field in joint.fields)
    return (
        f"INSERT INTO {joint.source('ours')} ({names}) SELECT {values} FROM {_from_theirs(joint)}"
        f" WHERE w.what = {ADDED}{where} ORDER BY w.place"
    )
