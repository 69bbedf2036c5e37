"""Rows as contenders: what each side did to them, read from the lists of changes when somebody asks."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from waifusync.core.values import Stored
from waifusync.merging.sqlite.binding import mark
from waifusync.merging.sqlite.changes import ADDED, EDITED, REMOVED
from waifusync.merging.sqlite.contenders import (
    Contender,
    Form,
    Rank,
    Sort,
    Values,
    Versions,
    forms_of,
    rank_of,
)
from waifusync.merging.sqlite.counting import Counting
from waifusync.merging.sqlite.deciding import work_table
from waifusync.merging.sqlite.displacing import Held, Key
from waifusync.merging.sqlite.plan import Joint, Kind
from waifusync.merging.sqlite.ranking import exact
from waifusync.merging.sqlite.shape import quote
from waifusync.merging.sqlite.uniqueness import watched_places
from waifusync.values import NamedTuple


class _Work(NamedTuple):
    """What is to be done to a row as theirs asks."""

    place: int
    theirs_key: Key
    key: Key
    what: int
    mask: str


class Entrants:
    """Of one table; before its first row was changed, `before` must have been called."""

    def __init__(self, connection: sqlite3.Connection, joint: Joint, counting: Counting | None) -> None:
        self._connection = connection
        self._joint = joint
        self._counting = counting
        self._watched = watched_places(connection, joint)
        self._references = [place for place, field in enumerate(joint.fields) if field.parent is not None]
        self._key_places = [joint.fields.index(field) for field in joint.key]

    @property
    def _before(self) -> str:
        return f"temp.waifusync_before_{self._joint.place}"

    def keep_before(self) -> None:
        """Rows that theirs is about to change, as ours has them; and work is found by its key."""
        joint = self._joint
        fields = ", ".join(f"o.{quote(field.name)} AS f{place}" for place, field in enumerate(joint.fields))
        here = " AND ".join(f"o.{quote(field.name)} = w.m{place}" for place, field in enumerate(joint.key))
        self._connection.execute(
            f"CREATE TABLE {self._before} AS SELECT w.place AS place, {fields} FROM {work_table(joint)} AS w"
            f" JOIN {joint.source('ours')} AS o ON {here} WHERE w.what = {EDITED}"
        )
        name = f"waifusync_before_{joint.place}"
        self._connection.execute(f"CREATE INDEX temp.{name}_places ON {name} (place)")
        collated = ", ".join(f'm{place} COLLATE "{field.collation}"' for place, field in enumerate(joint.key))
        name = f"waifusync_work_{joint.place}"
        self._connection.execute(f"CREATE INDEX temp.{name}_keys ON {name} ({collated})")

    def to_do(self, what: int) -> list[tuple[int, str]]:
        """Place and fields of the rows that theirs added or edited, in order."""
        return self._connection.execute(
            f"SELECT place, mask FROM {work_table(self._joint)} WHERE what = {what} ORDER BY place"
        ).fetchall()

    def waiting(self, place: int) -> Contender:
        """A row of the work table that could not be done as decided."""
        (work,) = self._works("place = ?", (place,))
        contender = self._contender(work.key, work)
        assert contender is not None, "theirs touched it"
        return contender

    def standing(self, held: Held) -> Contender | None:
        """None for a row that neither side touched."""
        if self._joint.kind is Kind.COUNTED or None in held.key:
            return self._standing_without_key(held)
        same = " AND ".join(
            f'm{place} COLLATE "{field.collation}" = {mark(value)}'
            for place, (field, value) in enumerate(zip(self._joint.key, held.key))
        )
        works = self._works(f"{same} AND what <> {REMOVED}", held.key)
        return self._contender(held.key, works[0] if works else None)

    def without_key(self, row: int, values: Values) -> Contender:
        """A new row of theirs; `row` is its number there."""
        return self._nameless((row,), Versions(None, None, values), values)

    def _standing_without_key(self, held: Held) -> Contender | None:
        names = ", ".join(quote(field.name) for field in self._joint.fields)
        values = tuple(
            self._connection.execute(
                f"SELECT {names} FROM {self._joint.source('ours')} WHERE {self._joint.rowids['ours']} = ?",
                (held.rowid,),
            ).fetchone()
        )
        side = self._counting.newcomer(values) if self._counting else None
        if side is None:
            return None
        versions = Versions(None, values, None) if side == "ours" else Versions(None, None, values)
        contender = self._nameless((held.rowid,), versions, values)
        contender.rowid = held.rowid
        return contender

    def _nameless(self, key: Key, versions: Versions, values: Values) -> Contender:
        forms = [Form(values, "", is_whole=True)]
        contender = Contender(Sort.NAMELESS, key, versions, forms, rank=self._rank(values))
        contender.identity = exact(values)
        return contender

    def _works(self, where: str, bound: Sequence[Stored]) -> list[_Work]:
        count = len(self._joint.key)
        rows = self._connection.execute(
            f"SELECT * FROM {work_table(self._joint)} WHERE {where}", tuple(bound)
        ).fetchall()
        return [_Work(row[0], row[1 : 1 + count], row[1 + count : 1 + 2 * count], *row[-2:]) for row in rows]

    def _contender(self, key: Key, work: _Work | None) -> Contender | None:
        mine = self._did("ours", key)
        other = self._did("theirs", work.theirs_key) if work else None
        if mine is None and other is None:
            return None
        is_edited = EDITED in (mine, other)
        base = self._read("base", key, key) if is_edited else None
        ours = self._ours(key, work) if mine else base
        theirs = self._read("theirs", work.theirs_key, key) if work else base
        versions = Versions(base, ours, theirs)
        forms = self.forms_of(versions, self._merged(versions, work))
        sort = Sort.EDITED if is_edited else Sort.ADDED_BY_BOTH if mine and other else Sort.ADDED
        rank = rank_of(key) if is_edited else self._rank_of_new(key, work, versions)
        contender = Contender(sort, key, versions, forms, rank=rank)
        contender.theirs_key = work.theirs_key if work else key
        contender.identity = self.identity(key)
        return contender

    def forms_of(self, versions: Versions, merged: Values) -> list[Form]:
        """Those of a row with a key."""
        is_numbered = self._joint.is_strict_key and bool(self._joint.rowids["ours"])
        return forms_of(versions, merged, self._watched, last=self._references, is_numbered=is_numbered)

    def identity(self, key: Key) -> object:
        """The same for two spellings of one key."""
        return tuple(_folded(field.collation, value) for field, value in zip(self._joint.key, key))

    def _did(self, side: str, key: Key) -> int | None:
        same = " AND ".join(f"k{place} = {mark(value)}" for place, value in enumerate(key))
        found = self._connection.execute(
            f"SELECT what FROM {self._joint.changes(side)} WHERE {same} AND what <> {REMOVED}", key
        ).fetchone()
        return int(found[0]) if found else None

    def _ours(self, key: Key, work: _Work | None) -> Values | None:
        if work is not None:
            names = ", ".join(f"f{place}" for place in range(len(self._joint.fields)))
            read = f"SELECT {names} FROM {self._before} WHERE place = ?"
            found = self._connection.execute(read, (work.place,)).fetchone()
            if found:
                return tuple(found)
        return self._read("ours", key, key)

    def _read(self, side: str, there: Key, key: Key) -> Values | None:
        """The row as the side has it, under the key that it has in the result."""
        joint = self._joint
        values = [
            joint.theirs(each, "s") if side == "theirs" else each.on(side, "s") for each in joint.fields
        ]
        found = self._connection.execute(*self._select(side, values, there)).fetchone()
        if found is None or joint.kind is not Kind.NUMBERED:
            return found and tuple(found)
        return tuple(key[0] if place in self._key_places else value for place, value in enumerate(found))

    def _select(self, side: str, values: Sequence[str], key: Key) -> tuple[str, Key]:
        where = " AND ".join(
            f"{field.on(side, 's')} = {mark(value)}" for field, value in zip(self._joint.key, key)
        )
        return f"SELECT {', '.join(values)} FROM {self._joint.source(side)} AS s WHERE {where}", key

    @staticmethod
    def _merged(versions: Versions, work: _Work | None) -> Values:
        ours, theirs = versions.ours or (), versions.theirs or ()
        if work is None:
            return ours
        if work.what == ADDED:
            return theirs
        return tuple(other if bit == "1" else mine for mine, other, bit in zip(ours, theirs, work.mask))

    def _rank_of_new(self, key: Key, work: _Work | None, versions: Versions) -> Rank:
        """By the numbers that its own side gave it and others: those of the result depend on the order."""
        ranks = []
        if versions.ours is not None:
            ranks.append(rank_of(key) + self._rank(versions.ours))
        if work is not None:
            raw = [field.on("theirs", "s") for field in self._joint.fields]
            found = self._connection.execute(*self._select("theirs", raw, work.theirs_key)).fetchone()
            ranks.append(rank_of(work.theirs_key) + self._rank(tuple(found or ())))
        return min(ranks)

    def _rank(self, values: Values) -> Rank:
        own = [value for place, value in enumerate(values) if place not in self._references]
        return rank_of([*own, *(values[place] for place in self._references)])


def _folded(collation: str, value: Stored) -> object:
    if not isinstance(value, str):
        return value
    if collation.upper() == "NOCASE":
        return "".join(letter.lower() if letter.isascii() else letter for letter in value)
    return value.rstrip(" ") if collation.upper() == "RTRIM" else value
