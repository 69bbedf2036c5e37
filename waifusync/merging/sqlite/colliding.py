"""Rows that a UNIQUE, a CHECK or a type of the merged table does not let in as decided.

    one value, taken by an edit and by a new row         the edit is taken back, with a clash
    one value, taken by edits of two rows                the edit of the greater key is taken back
    one value in two new rows                            one of them: rivals.py
    a constraint that only the other side has            refused: its own rows would not fit either
    edits of one row that a CHECK does not let together  the row of one side, with a clash for each field

Decided by keys and kinds alone, so that both orders agree.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from waifusync.core.sql_text import quote
from waifusync.core.three_way import Action, Clash, Decision, Side
from waifusync.core.values import Stored, to_travel
from waifusync.merging.sqlite.binding import mark
from waifusync.merging.sqlite.changes import EDITED
from waifusync.merging.sqlite.deciding import Versions, key_text, versions_of, work_table
from waifusync.merging.sqlite.newcomers import twins_table
from waifusync.merging.sqlite.plan import Field, Joint, Kind
from waifusync.merging.sqlite.ranking import order
from waifusync.merging.sqlite.rivals import is_key, refuse_new_constraint, settle_rivals
from waifusync.merging.sqlite.statements import insert_statement, update_statement

_NOT_UNIQUE = "another row has the value, which is unique"
_ROUNDS = 6  # what then still waits is mostly a ring; a long one would take as many rounds as it has rows
_NOT_TOGETHER = "the table's constraints do not allow both edits"


class _Row(NamedTuple):
    place: int  # its place in the work table
    theirs_key: tuple[Stored, ...]
    key: tuple[Stored, ...]
    mask: str


def apply_row_by_row(connection: sqlite3.Connection, joint: Joint, what: int) -> Iterator[Decision]:
    """The rows of the work table that are to be done; returns the clashes that came of it."""
    count = len(joint.key)
    rows = [
        _Row(row[0], tuple(row[1 : 1 + count]), tuple(row[1 + count : 1 + 2 * count]), row[-1] or "")
        for row in connection.execute(
            f"SELECT * FROM {work_table(joint)} WHERE what = {what} ORDER BY place"
        ).fetchall()
    ]
    if what == EDITED:
        yield from _Updates(connection, joint).run(rows)
    else:
        for row in rows:
            yield from _insert(connection, joint, row)


def _insert(connection: sqlite3.Connection, joint: Joint, row: _Row) -> Iterator[Decision]:
    statement = insert_statement(joint, f" AND w.place = {row.place}")
    for _ in range(1 + len(joint.uniques)):
        try:
            connection.execute(statement)
            return
        except sqlite3.IntegrityError as error:
            reason = str(error)
            taken_back = list(_take_edits_back(connection, joint, row))
            yield from taken_back
            if not taken_back:
                break
    yield from settle_rivals(connection, joint, (row.theirs_key, row.key), statement, reason)


def _take_edits_back(connection: sqlite3.Connection, joint: Joint, row: _Row) -> Iterator[Decision]:
    """Of rows here that took a value by an edit which the row of theirs has too."""
    for key, columns in list(_holders(connection, joint, row)):
        there = _twin_there(connection, joint, key)
        base, ours, theirs = versions_of(connection, joint, there or key, key)
        before = base or (theirs if there else None)  # a row that both sides added has what theirs gave it
        if before is None or ours is None:
            continue
        for field in columns:
            at = joint.fields.index(field)
            if before[at] != ours[at]:
                _set(connection, joint, key, field, before[at])
                told = [to_travel(version[at]) if version else None for version in (base, ours, theirs)]
                clash = Clash.of(_NOT_UNIQUE, told)
                yield Decision(joint.name, key_text(key), Action.CHANGE, Side.BASE, field.name, clash)


def _twin_there(
    connection: sqlite3.Connection, joint: Joint, key: tuple[Stored, ...]
) -> tuple[Stored, ...] | None:
    """What theirs calls a row that both added; None for any other: its number may be another's there."""
    if joint.kind is not Kind.NUMBERED:
        return key
    found = connection.execute(f"SELECT theirs FROM {twins_table(joint)} WHERE ours = ?", key).fetchone()
    return tuple(found) if found else None


def _holders(
    connection: sqlite3.Connection, joint: Joint, row: _Row
) -> Iterator[tuple[tuple[Stored, ...], list[Field]]]:
    """Rows here that hold what the row of theirs holds, in columns that are unique together."""
    there = " AND ".join(
        f"{field.on('theirs', 't')} = {mark(value)}" for field, value in zip(joint.key, row.theirs_key)
    )
    own = is_key(joint, row.key, "o.")
    keys = ", ".join(f"o.{quote(field.name)}" for field in joint.key)
    for unique in joint.uniques:
        columns = [joint.field(name) for name in unique]
        same = " AND ".join(f"o.{quote(field.name)} = {joint.theirs(field, 't')}" for field in columns)
        found = connection.execute(
            f"SELECT {keys} FROM {joint.source('theirs')} AS t JOIN {joint.source('ours')} AS o ON {same}"
            f" WHERE {there} AND NOT ({own})",
            (*row.theirs_key, *row.key),
        ).fetchall()
        yield from ((tuple(key), columns) for key in found)


def _set(
    connection: sqlite3.Connection, joint: Joint, key: Sequence[Stored], field: Field, value: Stored
) -> None:
    connection.execute(
        f"UPDATE OR IGNORE {joint.source('ours')} SET {quote(field.name)} = {mark(value)}"
        f" WHERE {is_key(joint, key)}",
        (value, *key),
    )


class _Updates:
    """Edits of theirs: in rounds, since one may wait for a value that another gives up; then what is left."""

    def __init__(self, connection: sqlite3.Connection, joint: Joint) -> None:
        self._connection = connection
        self._joint = joint
        unique = {name for columns in joint.uniques for name in columns}
        self._unique = [field.name in unique for field in joint.fields]

    def run(self, rows: list[_Row]) -> Iterator[Decision]:
        waiting = rows
        for _ in range(_ROUNDS):
            left = [row for row in waiting if not self._update(row, row.mask)]
            is_stuck = not left or len(left) == len(waiting)
            waiting = left[::-1]  # a chain in one direction takes one round, and one against it two
            if is_stuck:
                break
        waiting.sort(key=lambda row: row.place)
        waiting = self._swap(waiting)
        for row in waiting:
            yield from self._settle(row)

    def _update(self, row: _Row, mask: str) -> bool:
        if "1" not in mask:
            return True
        statement = update_statement(self._joint, mask, f" AND w.place = {row.place}")
        try:
            self._connection.execute(statement, (row.mask,))
        except sqlite3.IntegrityError:
            return False
        return True

    def _swap(self, rows: list[_Row]) -> list[_Row]:
        """Rows that exchange values among themselves: all out, all in again; back to where it was if not."""
        if len(rows) < 2:  # it takes two
            return rows
        run = self._connection.execute
        run("SAVEPOINT waifusync_swap")
        try:
            finals = [self._final(row) for row in rows]
            for row in rows:
                where = is_key(self._joint, row.key)
                run(f"DELETE FROM {self._joint.source('ours')} WHERE {where}", row.key)
            names = ", ".join(quote(field.name) for field in self._joint.fields)
            for final in finals:
                marks = ", ".join(map(mark, final))
                run(f"INSERT INTO {self._joint.source('ours')} ({names}) VALUES ({marks})", final)
        except sqlite3.IntegrityError:
            run("ROLLBACK TO waifusync_swap")
            return rows
        finally:
            run("RELEASE waifusync_swap")
        return []

    def _final(self, row: _Row) -> list[Stored]:
        _, ours, theirs = versions_of(self._connection, self._joint, row.theirs_key, row.key)
        return [
            new if is_theirs == "1" else old
            for old, new, is_theirs in zip(ours or (), theirs or (), row.mask)
        ]

    def _settle(self, row: _Row) -> Iterator[Decision]:
        greater = all(
            [order(each) for each in key] > [order(each) for each in row.key]
            for key, _ in _holders(self._connection, self._joint, row)
        )
        if greater:
            yield from _take_edits_back(self._connection, self._joint, row)
            if self._update(row, row.mask):
                return
        versions = versions_of(self._connection, self._joint, row.theirs_key, row.key)
        kept = "".join("0" if unique else bit for bit, unique in zip(row.mask, self._unique))
        if kept != row.mask and self._update(row, kept):
            left = [one == "1" and other == "0" for one, other in zip(row.mask, kept)]
            self._back_to_base(row, versions, left)
            yield from self._clashes(row, versions, left, Side.OURS, _NOT_UNIQUE)
        else:
            yield from self._take_one_side(row, versions)

    def _back_to_base(self, row: _Row, versions: Versions, which: Sequence[bool]) -> None:
        """What both sides changed and neither can have: in the other order, ours is the edit taken back."""
        if versions[0] is not None:
            for field, is_left, was in zip(self._joint.fields, which, versions[0]):
                if is_left:
                    _set(self._connection, self._joint, row.key, field, was)

    def _take_one_side(self, row: _Row, versions: Versions) -> Iterator[Decision]:
        """Both edits together are no sound row: it stands as one side had it, the greater of the two."""
        _, ours, theirs = versions
        if ours is None or theirs is None:
            return
        own = [field not in self._joint.key for field in self._joint.fields]
        differs = [is_own and order(a) != order(b) for is_own, a, b in zip(own, ours, theirs)]
        mine, other = ([order(value) for value, has in zip(row, differs) if has] for row in (ours, theirs))
        mask = "".join("1" if has else "0" for has in differs)
        can_be_theirs = self._can_be(row, mask)
        side = Side.THEIRS if other > mine and can_be_theirs and self._update(row, mask) else Side.OURS
        yield from self._clashes(row, versions, differs, side, _NOT_TOGETHER)

    def _can_be(self, row: _Row, mask: str) -> bool:
        """Whether the row can stand as theirs has it. Raises CannotMerge where nothing of theirs could."""
        run = self._connection.execute
        run("SAVEPOINT waifusync_row")
        try:
            statement = update_statement(self._joint, mask, f" AND w.place = {row.place}")
            run(statement, (row.mask,))
        except sqlite3.IntegrityError as error:
            refuse_new_constraint(self._joint, str(error))
            return False
        finally:
            run("ROLLBACK TO waifusync_row")
            run("RELEASE waifusync_row")
        return True

    def _clashes(
        self, row: _Row, versions: Versions, which: Sequence[bool], side: Side, reason: str
    ) -> Iterator[Decision]:
        for place, field in enumerate(self._joint.fields):
            if which[place]:
                values = [to_travel(version[place]) if version else None for version in versions]
                clash = Clash.of(reason, values)
                yield Decision(self._joint.name, key_text(row.key), Action.CHANGE, side, field.name, clash)
