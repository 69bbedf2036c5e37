"""Row numbers that SQLite gave twice: the highest row was deleted, and the next one got its number.

Looks like an edit of everything. Where both sides touched such a row it is told apart, since one row would be
lost otherwise: the old one is removed, and the new ones are two. Only the highest numbers are given again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from waifusync.merging.sqlite.changes import ADDED, EDITED, REMOVED
from waifusync.merging.sqlite.plan import Field, Joint, Kind


def tell_reused_apart(connection: sqlite3.Connection, joints: Sequence[Joint], joint: Joint) -> None:
    """Changes the lists of changes of both sides, for a NUMBERED table."""
    if not joint.has_base or joint.untouched or len(joint.values) < 2:  # one changed column is an edit
        return
    replaced = {side: _replaced(connection, joint, side) for side in ("ours", "theirs")}
    children = [(child, field) for child in joints for field in child.fields if field.parent == joint.place]
    for side, other in (("ours", "theirs"), ("theirs", "ours")):
        for number in replaced[side]:
            referrers = _left_alone if number in replaced[other] else _of_the_side(other)
            if not any(referrers(connection, child, field, number) for child, field in children):
                _tell_apart(connection, joint.changes(side), number)
                for child, field in children:
                    if child.kind is not Kind.COUNTED and field in child.key and side not in child.untouched:
                        _tell_keys_apart(connection, child, field, side, number)


def _tell_apart(connection: sqlite3.Connection, changes: str, number: int) -> None:
    connection.execute(f"UPDATE {changes} SET what = {REMOVED}, mask = '' WHERE k0 = ?", (number,))
    connection.execute(f"INSERT INTO {changes} VALUES (?, {ADDED}, '')", (number,))


def _tell_keys_apart(
    connection: sqlite3.Connection, child: Joint, field: Field, side: str, number: int
) -> None:
    """Rows that are known by the number: what looks like an edit belongs to the new row."""
    keys = ", ".join(f"k{place}" for place in range(len(child.key)))
    edited = f"k{child.key.index(field)} = ? AND what = {EDITED}"
    changes = child.changes(side)
    connection.execute(
        f"INSERT INTO {changes} SELECT {keys}, {ADDED}, '' FROM {changes} WHERE {edited}", (number,)
    )
    connection.execute(f"UPDATE {changes} SET what = {REMOVED}, mask = '' WHERE {edited}", (number,))


def _replaced(connection: sqlite3.Connection, joint: Joint, side: str) -> list[int]:
    """From the top of base down to the first row the side still has: those that the other touched too."""
    other = "theirs" if side == "ours" else "ours"
    (key,) = joint.key
    is_other_row = " AND ".join(_is_other(field, side) for field in joint.values)
    rows = connection.execute(
        f"SELECT c.k0, c.what = {EDITED} AND ({is_other_row}), c.what = {REMOVED}, d.k0 IS NOT NULL"
        f" FROM {joint.source('base')} AS b LEFT JOIN {joint.changes(side)} AS c"
        f" ON c.k0 = {key.on('base', 'b')} AND c.what <> {ADDED}"
        f" LEFT JOIN {joint.changes(other)} AS d ON d.k0 = c.k0 AND d.what <> {ADDED}"
        f" LEFT JOIN {joint.source(side)} AS s ON {key.on(side, 's')} = c.k0"
        f" ORDER BY {key.on('base', 'b')} DESC"
    )
    found = []
    for number, is_other, is_removed, is_touched_there in rows:
        if is_other and is_touched_there:
            found.append(number)
        elif not (is_other or is_removed):
            break
    return found


def _is_other(field: Field, side: str) -> str:
    """Whether it has another value; a number that was itself given again stands for another row."""
    other = [field.changed(side, "s", "b"), f"{field.on('base', 'b')} IS NULL"]
    if field.parent is not None:
        new = f"SELECT k0 FROM temp.waifusync_{side}_{field.parent} WHERE what = {ADDED}"
        other.append(f"{field.on(side, 's')} IN ({new})")
    return f"({' OR '.join(other)})"


def _of_the_side(side: str) -> Callable[[sqlite3.Connection, Joint, Field, int], bool]:
    """Rows of the side that kept the row, and mean it when they refer to its number."""

    def refers(connection: sqlite3.Connection, child: Joint, field: Field, number: int) -> bool:
        found = connection.execute(
            f"SELECT 1 FROM {child.source(side)} AS c WHERE {field.on(side, 'c')} = ? LIMIT 1", (number,)
        )
        return found.fetchone() is not None

    return refers


def _left_alone(connection: sqlite3.Connection, child: Joint, field: Field, number: int) -> bool:
    """Rows that referred to it and that a side left as they were: there, it was not deleted."""
    found = connection.execute(
        f"SELECT 1 FROM {child.source('base')} AS c WHERE {field.on('base', 'c')} = ?"
        f" AND NOT ({_touched(child, 'ours')} AND {_touched(child, 'theirs')}) LIMIT 1",
        (number,),
    )
    return found.fetchone() is not None


def _touched(child: Joint, side: str) -> str:
    if child.kind is Kind.COUNTED:
        same = f"d.k0 = c.{child.rowids['base']}"
    else:
        same = " AND ".join(f"d.k{place} = {field.on('base', 'c')}" for place, field in enumerate(child.key))
    return f"EXISTS (SELECT 1 FROM {child.changes(side)} AS d WHERE {same} AND d.what <> {ADDED})"
