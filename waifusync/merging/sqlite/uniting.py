"""Two new rows that turn out to be one, because an index lets only one of them in: merged by the field."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from waifusync.core.three_way import Action, Clash, Decision, Side
from waifusync.core.values import Stored, to_travel
from waifusync.merging.sqlite.binding import key_text
from waifusync.merging.sqlite.contenders import Values, Versions
from waifusync.merging.sqlite.plan import Field, Joint
from waifusync.merging.sqlite.ranking import order, ranks


def united_values(connection: sqlite3.Connection, joint: Joint, versions: Versions) -> Values:
    """What one side does not know is no contradiction; else the greater stands for now."""
    pairs = zip(joint.fields, versions.ours or (), versions.theirs or ())
    return tuple(_greater(connection, field, mine, other) for field, mine, other in pairs)


def _greater(connection: sqlite3.Connection, field: Field, mine: Stored, other: Stored) -> Stored:
    if mine is None or other is None or order(mine) == order(other):
        return other if mine is None else mine
    one, two = (order(each) for each in ranks(connection, field, mine, other))
    return mine if one >= two else other


def tell_united(joint: Joint, key: Values, versions: Versions, united: Values) -> Iterator[Decision]:
    """A clash for each field in which the two were not alike."""
    for field, mine, other, value in zip(joint.fields, versions.ours or (), versions.theirs or (), united):
        if mine is not None and other is not None and order(mine) != order(other):
            side = Side.OURS if order(value) == order(mine) else Side.THEIRS
            clash = Clash("changed on both sides", None, to_travel(mine), to_travel(other))
            yield Decision(joint.name, key_text(key), Action.CHANGE, side, field.name, clash)
