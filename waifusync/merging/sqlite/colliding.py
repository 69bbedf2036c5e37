"""Rows that a UNIQUE, a CHECK or a type of the merged table does not let in as decided: found one by one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from waifusync.core.three_way import Decision
from waifusync.merging.sqlite.changes import ADDED, EDITED
from waifusync.merging.sqlite.contenders import Contender
from waifusync.merging.sqlite.contest import Contest
from waifusync.merging.sqlite.counting import Counting
from waifusync.merging.sqlite.entering import Entrants
from waifusync.merging.sqlite.plan import Joint, Kind
from waifusync.merging.sqlite.statements import insert_statement, update_statement

_ROUNDS = 6  # what then still waits is mostly a ring; a long one would take as many rounds as it has rows


def apply_one_by_one(
    connection: sqlite3.Connection, joint: Joint, counting: Counting | None, joints: Sequence[Joint]
) -> Iterator[Decision]:
    """All that theirs added and edited; returns the clashes that came of it. Raises CannotMerge."""
    entrants = Entrants(connection, joint, counting)
    failed: list[Contender] = []
    if joint.kind is not Kind.COUNTED:
        entrants.keep_before()
        failed += [entrants.waiting(place) for place in _failed_edits(connection, joint, entrants)]
        failed += [entrants.waiting(place) for place in _failed_rows(connection, joint, entrants)]
    if counting is not None:
        yield from counting.add()
        failed += [entrants.without_key(row, values) for row, values in counting.left_out]
    if failed:
        yield from Contest(connection, joint, entrants, joints=joints).settle(failed)


def _failed_edits(connection: sqlite3.Connection, joint: Joint, entrants: Entrants) -> list[int]:
    """In rounds, since one may wait for a value that another gives up."""
    waiting = [(place, mask) for place, mask in entrants.to_do(EDITED) if "1" in mask]
    for _ in range(_ROUNDS):
        left = [each for each in waiting if not _edit(connection, joint, *each)]
        is_stuck = not left or len(left) == len(waiting)
        waiting = left[::-1]  # a chain in one direction takes one round, and one against it two
        if is_stuck:
            break
    return sorted(place for place, _ in waiting)


def _edit(connection: sqlite3.Connection, joint: Joint, place: int, mask: str) -> bool:
    try:
        connection.execute(update_statement(joint, mask, f" AND w.place = {place}"), (mask,))
    except sqlite3.IntegrityError:
        return False
    return True


def _failed_rows(connection: sqlite3.Connection, joint: Joint, entrants: Entrants) -> Iterator[int]:
    for place, _ in entrants.to_do(ADDED):
        try:
            connection.execute(insert_statement(joint, f" AND w.place = {place}"))
        except sqlite3.IntegrityError:
            yield place
