"""What came of a contest, as decisions: edits that were taken back, and rows that were kept out."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from waifusync.core.three_way import Action, Clash, Decision, Side
from waifusync.core.values import to_travel
from waifusync.merging.sqlite.binding import key_text, mark
from waifusync.merging.sqlite.changes import REMOVED
from waifusync.merging.sqlite.contenders import NOT_TOGETHER, Contender, Form, Values
from waifusync.merging.sqlite.plan import Joint
from waifusync.merging.sqlite.ranking import order

_NAMELESS = "a row without a key"


def tell_outcome(connection: sqlite3.Connection, joint: Joint, contender: Contender) -> Iterator[Decision]:
    """Nothing for a row that stands as merged."""
    if contender.form is None:
        yield from _kept_out(connection, joint, contender)
    elif contender.form is not contender.forms[0]:
        yield from _taken_back(joint, contender, contender.form)


def _taken_back(joint: Joint, contender: Contender, form: Form) -> Iterator[Decision]:
    base, ours, theirs = contender.versions
    for place, field in enumerate(joint.fields):
        told = [version[place] if version else None for version in (base, ours, theirs)]
        differs = (
            told[1:]
            if form.reason == NOT_TOGETHER
            else (form.values[place], contender.forms[0].values[place])
        )
        if field in joint.key or order(differs[0]) == order(differs[1]):
            continue
        side = _side(form.values, contender, place)
        clash = Clash.of(form.reason, [to_travel(value) for value in told])
        yield Decision(joint.name, key_text(contender.key), Action.CHANGE, side, field.name, clash)


def _side(values: Values, contender: Contender, place: int) -> Side:
    for side, version in zip((Side.BASE, Side.OURS, Side.THEIRS), contender.versions):
        if version is not None and order(version[place]) == order(values[place]):
            return side
    return Side.BASE


def _kept_out(connection: sqlite3.Connection, joint: Joint, contender: Contender) -> Iterator[Decision]:
    _, ours, theirs = contender.versions
    for side, row in ((Side.OURS, ours), (Side.THEIRS, theirs)):
        if row is not None and contender.has_key:
            _as_if_removed(connection, joint, side, contender.key)
    shown = [
        row and {each.name: to_travel(value) for each, value in zip(joint.fields, row)}
        for row in (ours, theirs)
    ]
    clash = Clash.of(f"kept out of the table: {contender.reason}", (None, *shown))
    key = key_text(contender.key) if contender.has_key else _NAMELESS
    yield Decision(joint.name, key, Action.REMOVE, Side.BASE, clash=clash)


def _as_if_removed(connection: sqlite3.Connection, joint: Joint, side: Side, key: Values) -> None:
    """So that what refers to it is looked for."""
    names = ", ".join(f"k{place}" for place in range(len(joint.key)))
    marks = ", ".join(map(mark, key))
    into = f"INSERT INTO {joint.changes(side.value)} ({names}, what) VALUES ({marks}, {REMOVED})"
    connection.execute(into, key)
