"""Rows that have no key: how many of each there are. Three-way on the counts, and nobody's row is lost.

both sides have more    the greater number        one side changed      as it has it
both have fewer         the smaller number        more and fewer        both changes
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence

from waifusync.core.sql_text import quote
from waifusync.core.three_way import Action, Decision, Side
from waifusync.core.values import Stored
from waifusync.merging.sqlite.binding import mark
from waifusync.merging.sqlite.changes import ADDED, REMOVED
from waifusync.merging.sqlite.plan import Joint
from waifusync.merging.sqlite.ranking import exact

_NAMELESS = "a row without a key"


class _Count:
    """How the number of one content changed, and where it can be had."""

    __slots__ = ("ours", "rows_there", "theirs")

    def __init__(self) -> None:
        self.ours = 0
        self.theirs = 0
        self.rows_there: list[int] = []

    @property
    def wanted(self) -> int:
        """By how much the result differs from base."""
        if self.ours * self.theirs > 0:
            return max(self.ours, self.theirs) if self.ours > 0 else min(self.ours, self.theirs)
        return self.ours + self.theirs


class Counting:
    """One table's rows without a key, counted before anything is written."""

    def __init__(self, connection: sqlite3.Connection, joint: Joint) -> None:
        self._connection = connection
        self._joint = joint
        self.left_out: list[tuple[int, tuple[Stored, ...]]] = []  # number in theirs, and what it holds
        self._counts: dict[tuple[tuple[str, object], ...], _Count] = defaultdict(_Count)
        for side in ("ours", "theirs"):
            _count(connection, joint, side, self._counts)

    def remove(self) -> Iterator[Decision]:
        """First, since a row may have got a key, and stands in its own way."""
        for content, count in self._counts.items():
            for _ in range(max(0, count.ours - count.wanted)):
                _delete_one(self._connection, self._joint, [value for _, value in content])
                yield Decision(self._joint.name, _NAMELESS, Action.REMOVE, Side.THEIRS)

    def add(self) -> Iterator[Decision]:
        """What a constraint does not let in is in `left_out`."""
        self.left_out = []
        for content, count in self._counts.items():
            for row in count.rows_there[: max(0, count.wanted - count.ours)]:
                try:
                    _insert(self._connection, self._joint, row)
                    yield Decision(self._joint.name, _NAMELESS, Action.ADD, Side.THEIRS)
                except sqlite3.IntegrityError:
                    self.left_out.append((row, tuple(value for _, value in content)))  # type: ignore[misc]  # read from SQLite

    def newcomer(self, values: Sequence[Stored]) -> str | None:
        """The side that added a row of this content; None for one that was there."""
        count = self._counts.get(exact(values))
        if count is None or max(count.ours, count.theirs) <= 0:
            return None
        return "ours" if count.ours > 0 else "theirs"


def _count(
    connection: sqlite3.Connection,
    joint: Joint,
    side: str,
    counts: dict[tuple[tuple[str, object], ...], _Count],
) -> None:
    for what, source, step in ((ADDED, side, 1), (REMOVED, "base", -1)):
        values = ", ".join(
            joint.theirs(each, "s") if source == "theirs" else each.on(source, "s") for each in joint.fields
        )
        rows = connection.execute(
            f"SELECT c.k0, {values} FROM {joint.changes(side)} AS c JOIN {joint.source(source)} AS s"
            f" ON s.{joint.rowids[source]} = c.k0 WHERE c.what = {what}"
        )
        for row, *content in rows:
            count = counts[exact(content)]
            if side == "ours":
                count.ours += step
            else:
                count.theirs += step
            if what == ADDED and side == "theirs":
                count.rows_there.append(row)


def _insert(connection: sqlite3.Connection, joint: Joint, row: int) -> None:
    names = ", ".join(quote(each.name) for each in joint.fields)
    values = ", ".join(joint.theirs(each, "t") for each in joint.fields)
    connection.execute(
        f"INSERT OR ABORT INTO {joint.source('ours')} ({names})"
        f" SELECT {values} FROM {joint.source('theirs')} AS t WHERE t.{joint.rowids['theirs']} = ?",
        (row,),
    )


def _delete_one(connection: sqlite3.Connection, joint: Joint, values: list[object]) -> None:
    same = " AND ".join(
        f"{name} COLLATE BINARY IS {bound} AND typeof({name}) = typeof({bound})"
        for name, bound in zip((quote(each.name) for each in joint.fields), map(mark, values))
    )
    rowid = joint.rowids["ours"]
    bound: list[Stored] = [value for each in values for value in (each, each)]  # type: ignore[misc]  # read from SQLite
    connection.execute(
        f"DELETE FROM {joint.source('ours')} WHERE {rowid} ="
        f" (SELECT {rowid} FROM {joint.source('ours')} WHERE {same} LIMIT 1)",
        bound,
    )
