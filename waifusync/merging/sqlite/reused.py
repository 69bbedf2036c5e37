"""Row numbers that SQLite gave twice: the highest row was deleted, and the next one got its number.

Looks like an edit of everything. Where both sides touched such a row it is told apart, since one row would be
lost otherwise: the old one is removed, and the new one is new. Only the highest numbers are given again.
"""

from __future__ import annotations

import sqlite3

from waifusync.merging.sqlite.changes import ADDED, EDITED, REMOVED
from waifusync.merging.sqlite.plan import Joint


def tell_reused_apart(connection: sqlite3.Connection, joint: Joint) -> None:
    """Changes the lists of changes of both sides, for a NUMBERED table."""
    if not joint.has_base or len(joint.values) < 2:  # one changed column is an edit
        return
    for side in ("ours", "theirs"):
        for number in _given_again(connection, joint, side):
            connection.execute(
                f"UPDATE {joint.changes(side)} SET what = {REMOVED}, mask = '' WHERE k0 = ?", (number,)
            )
            connection.execute(f"INSERT INTO {joint.changes(side)} VALUES (?, {ADDED}, '')", (number,))


def _given_again(connection: sqlite3.Connection, joint: Joint, side: str) -> list[int]:
    """From the top of base down to the first row that the side still has."""
    other = "theirs" if side == "ours" else "ours"
    (key,) = joint.key
    is_other_row = " AND ".join(
        f"({field.changed(side, 's', 'b')} OR {field.on('base', 'b')} IS NULL)" for field in joint.values
    )
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
