"""Row numbers that SQLite gave twice: the highest row was deleted, and the next one got its number.

Looks like an edit of everything. Where both sides touched such a row it is told apart, since one row would be
lost otherwise: the old one is removed, and the new ones are two. Only the highest numbers are given again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from waifusync.merging.sqlite.changes import ADDED, EDITED, REMOVED
from waifusync.merging.sqlite.plan import Joint


def tell_reused_apart(connection: sqlite3.Connection, joints: Sequence[Joint], joint: Joint) -> None:
    """Changes the lists of changes of both sides, for a NUMBERED table."""
    if not joint.has_base or len(joint.values) < 2:  # one changed column is an edit
        return
    for number in _given_again(connection, joint):
        if not _is_referred_to(connection, joints, joint, number):
            for side in ("ours", "theirs"):
                _tell_apart(connection, joint.changes(side), number)


def _tell_apart(connection: sqlite3.Connection, changes: str, number: int) -> None:
    is_edited = f"WHERE k0 = ? AND what = {EDITED}"
    if connection.execute(
        f"UPDATE {changes} SET what = {REMOVED}, mask = '' {is_edited}", (number,)
    ).rowcount:
        connection.execute(f"INSERT INTO {changes} VALUES (?, {ADDED}, '')", (number,))


def _given_again(connection: sqlite3.Connection, joint: Joint) -> list[int]:
    """From the top of base down to the first row that a side still has: those that both sides replaced."""
    (key,) = joint.key
    columns, tables = [], []
    for side, short in (("ours", "o"), ("theirs", "t")):
        is_other_row = " AND ".join(
            f"({field.changed(side, short, 'b')} OR {field.on('base', 'b')} IS NULL)"
            for field in joint.values
        )
        columns += [f"{short}c.what = {EDITED} AND ({is_other_row})", f"{short}c.what = {REMOVED}"]
        tables.append(
            f" LEFT JOIN {joint.changes(side)} AS {short}c ON {short}c.k0 = {key.on('base', 'b')}"
            f" AND {short}c.what <> {ADDED}"
            f" LEFT JOIN {joint.source(side)} AS {short} ON {key.on(side, short)} = {short}c.k0"
        )
    number = key.on("base", "b")
    rows = connection.execute(
        f"SELECT {number}, {', '.join(columns)} FROM {joint.source('base')} AS b{''.join(tables)}"
        f" ORDER BY {number} DESC"
    )
    found = []
    for number, is_other_here, is_gone_here, is_other_there, is_gone_there in rows:
        if not ((is_other_here or is_gone_here) and (is_other_there or is_gone_there)):
            break
        if is_other_here and is_other_there:
            found.append(number)
    return found


def _is_referred_to(
    connection: sqlite3.Connection, joints: Sequence[Joint], joint: Joint, number: int
) -> bool:
    """A row that others referred to was not deleted, however different it looks now."""
    return any(
        connection.execute(
            f"SELECT 1 FROM {child.source('base')} AS c WHERE {field.on('base', 'c')} = ? LIMIT 1", (number,)
        ).fetchone()
        for child in joints
        for field in child.fields
        if field.parent == joint.place
    )
