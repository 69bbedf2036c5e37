"""Rows that a UNIQUE, a CHECK or a type of the merged table does not let in as decided.

    one value, taken by an edit and by a new row         the edit is taken back, with a clash
    one value, taken by edits of two rows                the edit of the greater key is taken back
    one value in two new rows, or a CHECK of one row     the row stays out; it stands whole in the report

Decided by keys and kinds alone, so that both orders agree.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from waifusync.core.sql_text import quote
from waifusync.core.three_way import Action, Clash, Decision, Side
from waifusync.core.values import Stored, to_travel
from waifusync.merging.sqlite.applying import insert_statement, update_statement
from waifusync.merging.sqlite.changes import EDITED
from waifusync.merging.sqlite.deciding import key_text, order, versions_of, work_table
from waifusync.merging.sqlite.plan import Field, Joint


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
    _, _, theirs = versions_of(connection, joint, row.theirs_key, row.key)
    told = {field.name: to_travel(value) for field, value in zip(joint.fields, theirs or ())}
    clash = Clash(f"kept out of the table: {reason}", None, None, told)
    yield Decision(joint.name, key_text(row.key), Action.REMOVE, Side.OURS, clash=clash)


def _take_edits_back(connection: sqlite3.Connection, joint: Joint, row: _Row) -> Iterator[Decision]:
    """Of rows here that took a value by an edit which the row of theirs has too."""
    for key, columns in list(_holders(connection, joint, row)):
        base, ours, _ = versions_of(connection, joint, key, key)
        if base is None or ours is None:
            continue
        edited = [field for field in columns if base[_at(joint, field)] != ours[_at(joint, field)]]
        for field in edited:
            was, now = base[_at(joint, field)], ours[_at(joint, field)]
            _set(connection, joint, key, field, was)
            clash = Clash("another row has the value, which is unique", to_travel(was), to_travel(now), None)
            yield Decision(joint.name, key_text(key), Action.CHANGE, Side.BASE, field.name, clash)


def _holders(
    connection: sqlite3.Connection, joint: Joint, row: _Row
) -> Iterator[tuple[tuple[Stored, ...], list[Field]]]:
    """Rows here that hold what the row of theirs holds, in columns that are unique together."""
    there = " AND ".join(f"{field.on('theirs', 't')} = ?" for field in joint.key)
    own = " AND ".join(f"o.{quote(field.name)} = ?" for field in joint.key)
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
    where = " AND ".join(f"{quote(each.name)} = ?" for each in joint.key)
    connection.execute(
        f"UPDATE OR IGNORE {joint.source('ours')} SET {quote(field.name)} = ? WHERE {where}", (value, *key)
    )


def _at(joint: Joint, field: Field) -> int:
    return joint.fields.index(field)


class _Updates:
    """Edits of theirs: in rounds, since one may wait for a value that another gives up; then what is left."""

    def __init__(self, connection: sqlite3.Connection, joint: Joint) -> None:
        self._connection = connection
        self._joint = joint
        unique = {name for columns in joint.uniques for name in columns}
        self._unique = [field.name in unique for field in joint.fields]

    def run(self, rows: list[_Row]) -> Iterator[Decision]:
        waiting = rows
        while waiting:
            left = [row for row in waiting if not self._update(row, row.mask)]
            if len(left) == len(waiting):
                break
            waiting = left
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
            where = " AND ".join(f"{quote(field.name)} = ?" for field in self._joint.key)
            for row in rows:
                run(f"DELETE FROM {self._joint.source('ours')} WHERE {where}", row.key)
            names = ", ".join(quote(field.name) for field in self._joint.fields)
            marks = ", ".join("?" * len(self._joint.fields))
            for final in finals:
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
        kept = "".join("0" if unique else bit for bit, unique in zip(row.mask, self._unique))
        if kept == row.mask or not self._update(row, kept):
            kept = "0" * len(row.mask)
        base, ours, theirs = versions_of(self._connection, self._joint, row.theirs_key, row.key)
        for place, field in enumerate(self._joint.fields):
            if row.mask[place] == "1" and kept[place] == "0":
                values = [to_travel(version[place]) if version else None for version in (base, ours, theirs)]
                clash = Clash.of("the table's constraints do not allow it", values)
                yield Decision(
                    self._joint.name, key_text(row.key), Action.CHANGE, Side.OURS, field.name, clash
                )
