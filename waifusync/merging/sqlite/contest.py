"""Rows that a constraint keeps apart: who stands, and in which form. The same whichever side is ours.

    an edit, and a new row                   the edit is taken back
    edits of two rows                        the edit of the greater key is taken back
    new rows of both sides, known by number  are one row after all, merged by the field
    new rows of both sides, known by a key   the row of the lesser key stands, the other is only in the report
    a new row, and one of base as it was     the row of base stands; a numbered new one, without that value

All rows that could be in each other's way are taken out; then they come in, one after the other. Of two that
cannot both stand one gives way: it takes its next form, and comes again.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from waifusync.core.sql_text import quote
from waifusync.core.three_way import Decision
from waifusync.merging.sqlite.contenders import Contender, Form, Sort, Values, Versions
from waifusync.merging.sqlite.displacing import Displacing, Held
from waifusync.merging.sqlite.entering import Entrants
from waifusync.merging.sqlite.plan import NUMBERS, Joint, Kind
from waifusync.merging.sqlite.refusing import broken
from waifusync.merging.sqlite.telling import tell_outcome
from waifusync.merging.sqlite.uniting import tell_united, united_values


class Contest:
    """One table's; `joints` are all tables, since what refers to a row follows it."""

    def __init__(
        self, connection: sqlite3.Connection, joint: Joint, entrants: Entrants, *, joints: Sequence[Joint]
    ) -> None:
        self._connection = connection
        self._joint = joint
        self._joints = joints
        self._entrants = entrants
        self._displacing = Displacing(connection, joint)
        self._known: dict[object, Contender] = {}
        self._standing: dict[object, Contender] = {}
        self._told: list[Decision] = []

    def settle(self, failed: Iterable[Contender]) -> Iterator[Decision]:
        """`failed` could not come in; all others are in the table. Raises CannotMerge."""
        self._displacing.watch()
        try:
            self._find_all(failed)
            for each in self._known.values():
                self._displacing.delete(_held(each))
            self._let_in()
            self._improve()
        finally:
            self._displacing.rest()
        yield from self._told
        for contender in self._in_order():
            yield from tell_outcome(self._connection, self._joint, contender)

    def _in_order(self) -> list[Contender]:
        return sorted(self._known.values(), key=lambda each: each.precedence)

    def _find_all(self, failed: Iterable[Contender]) -> None:
        """Whoever stands in the way of one of them, in any form, and so on."""
        waiting = list(failed)
        self._known = {each.identity: each for each in waiting}
        while waiting:
            for other in self._in_the_way(waiting.pop()):
                if other.identity not in self._known:
                    self._known[other.identity] = other
                    waiting.append(other)

    def _in_the_way(self, contender: Contender) -> Iterator[Contender]:
        for form in contender.forms:
            for held in self._displaced_by(form) or ():
                other = self._entrants.standing(held)
                if other is not None:
                    yield other

    def _displaced_by(self, form: Form) -> list[Held] | None:
        """None where another constraint forbids it."""
        try:
            return self._displacing.displaced(form.values)
        except sqlite3.IntegrityError:
            return None

    def _let_in(self) -> None:
        coming = deque(self._in_order())
        while coming:
            contender = coming.popleft()
            if contender.form is None:
                continue
            try:
                held = self._displacing.displaced(contender.form.values)
            except sqlite3.IntegrityError as error:
                self._forbid(contender, contender.form, error)
                coming.appendleft(contender)
                continue
            coming += self._meet(contender, [self._of(each) for each in held])

    def _of(self, held: Held) -> Contender | None:
        other = self._entrants.standing(held)
        return self._standing.get(other.identity) if other else None

    def _forbid(self, contender: Contender, form: Form, error: sqlite3.IntegrityError) -> None:
        if form.is_whole:
            raise broken(self._connection, self._joint.name, str(error), self._forbidden())
        contender.reason = str(error)
        contender.give_way(together=True)

    def _forbidden(self) -> Iterator[Values]:
        """The keys of all rows that would fit nowhere as one side has them."""
        for each in self._known.values():
            if any(form.is_whole and self._displaced_by(form) is None for form in each.forms):
                yield each.key

    def _meet(self, contender: Contender, others: Sequence[Contender | None]) -> list[Contender]:
        """Returns those that have to come again."""
        rivals = [each for each in others if each is not None]
        if len(rivals) < len(others):
            return self._refuse_entry(contender)
        twins = [each for each in rivals if self._are_one(contender, each)]
        if twins:
            return [self._unite(contender, min(twins, key=lambda each: each.rank))]
        if any(contender.precedence >= each.precedence for each in rivals):
            return self._refuse_entry(contender)
        for each in rivals:
            self._leave(each)
            each.reason = self._displacing.reason
            each.give_way()
        self._enter(contender)
        return rivals

    def _refuse_entry(self, contender: Contender) -> list[Contender]:
        contender.reason = self._displacing.reason
        contender.give_way()
        if contender.form is None and contender.sort is Sort.EDITED:
            raise broken(self._connection, self._joint.name, contender.reason, [contender.key])
        return [contender]

    def _enter(self, contender: Contender) -> None:
        assert contender.form is not None, "it has a form to stand in"
        contender.rowid = self._displacing.insert(contender.form.values)
        self._standing[contender.identity] = contender

    def _leave(self, contender: Contender) -> None:
        self._displacing.delete(_held(contender))
        del self._standing[contender.identity]

    def _are_one(self, one: Contender, other: Contender) -> bool:
        """New rows of two sides, of which the number says nothing."""
        if self._joint.kind is not Kind.NUMBERED or not one.sort is other.sort is Sort.ADDED:
            return False
        return (one.versions.ours is None) is not (other.versions.ours is None)

    def _unite(self, one: Contender, other: Contender) -> Contender:
        """What refers to the row of theirs comes to refer to the one of ours."""
        self._leave(other)
        mine, there = (one, other) if one.versions.ours is not None else (other, one)
        self._point_at(there, mine)
        versions = Versions(None, mine.versions.ours, there.versions.theirs)
        merged = united_values(self._connection, self._joint, versions)
        self._told += tell_united(self._joint, mine.key, versions, merged)
        forms = self._entrants.forms_of(versions, merged)
        united = Contender(Sort.ADDED_BY_BOTH, mine.key, versions, forms, rank=min(mine.rank, there.rank))
        united.identity, united.theirs_key = mine.identity, there.theirs_key
        del self._known[there.identity]
        self._known[mine.identity] = united
        return united

    def _point_at(self, there: Contender, mine: Contender) -> None:
        run = self._connection.execute
        key = self._joint.fields.index(self._joint.key[0])
        own = [at for at, field in enumerate(self._joint.fields) if field.parent == self._joint.place]
        for each in self._known.values():
            each.point_at([key, *own] if each is there else own, *there.key, *mine.key)
        numbered = (self._joint.place, *there.theirs_key, *mine.key)
        run(f"INSERT OR REPLACE INTO {NUMBERS} VALUES (?, ?, ?)", numbered)
        for child in self._joints:
            for field in child.fields:
                if field.parent == self._joint.place:
                    name = quote(field.name)
                    table = child.source("ours")
                    change = f"UPDATE OR IGNORE {table} SET {name} = ? WHERE {name} = ?"
                    run(change, (*mine.key, *there.key))

    def _improve(self) -> None:
        """Who made way for one that then gave way itself can have its better form back."""
        for contender in self._in_order():
            for place in contender.better_forms:
                if contender.identity in self._standing:
                    self._leave(contender)
                if self._displaced_by(contender.forms[place]) == []:
                    contender.take(place)
                    break
            if contender.form is not None and contender.identity not in self._standing:
                self._enter(contender)


def _held(contender: Contender) -> Held:
    return Held(contender.key if contender.has_key else (None,), contender.rowid)
