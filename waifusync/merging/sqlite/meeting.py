"""One row that both sides touched: merged by the field, unless one side removed it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from waifusync.core.three_way import Action, Clash, Decision, Side, Strategies, Strategy, settle
from waifusync.core.values import Stored, to_travel
from waifusync.merging.files import CannotMerge
from waifusync.merging.sqlite.binding import key_text, mark
from waifusync.merging.sqlite.changes import ADDED, EDITED, REMOVED
from waifusync.merging.sqlite.plan import Field, Joint, Kind
from waifusync.merging.sqlite.ranking import order, ranks
from waifusync.values import NamedTuple

# A column that tells when a row was last changed: the later one wins, and is no conflict itself.
_TIMES = ("updated_at", "modified_at", "last_modified", "modified", "changed_at", "timestamp")
Versions = tuple["Sequence[Stored] | None", "Sequence[Stored] | None", "Sequence[Stored] | None"]


class Pair(NamedTuple):
    """A row that both sides touched."""

    theirs_key: tuple[Stored, ...]
    key: tuple[Stored, ...]
    theirs_did: int
    theirs_mask: str
    ours_did: int
    ours_mask: str


class Met(NamedTuple):
    """What becomes of the pair; `what` is to be done with theirs in the result, None for nothing."""

    decisions: Sequence[Decision]
    what: int | None = None
    mask: str = ""


def meet(connection: sqlite3.Connection, joint: Joint, pair: Pair, strategies: Strategies) -> Met:
    """Raises CannotMerge for a row that cannot be found again."""
    if pair.theirs_did == pair.ours_did == REMOVED:
        return Met([])
    base, ours, theirs = _versions_of(connection, joint, pair)
    if REMOVED in (pair.theirs_did, pair.ours_did):
        decision = _removed_and_edited(joint, pair, (base, ours, theirs), strategies.of(joint.name))
        what = REMOVED if pair.theirs_did == REMOVED else ADDED
        return Met([decision], what if decision.side is Side.THEIRS else None)
    if ours is None or theirs is None:
        raise CannotMerge(f"a row of {joint.name} has a key that is no text, and cannot be found again")
    base = None if pair.ours_did == ADDED else base  # the number may have been another row's before
    return _by_the_field(pair, _Row(base, ours, theirs, joint, connection), strategies)


def _by_the_field(pair: Pair, row: _Row, strategies: Strategies) -> Met:
    decisions, taken, table = [], "", row.joint.name
    for place, field in enumerate(row.joint.fields):
        side, clash = _decide_field(pair, place, field, row, strategies.of(table, field.name))
        taken += "1" if side is Side.THEIRS else "0"
        if clash or side is Side.THEIRS:
            key = key_text(pair.key)
            decisions.append(Decision(table, key, Action.CHANGE, side, field.name, clash))
    return Met(decisions, EDITED, taken)  # also when ours has it all: what theirs did is to be found


def _removed_and_edited(joint: Joint, pair: Pair, versions: Versions, strategy: Strategy) -> Decision:
    """Deleting wins, as everywhere, unless a side was chosen; what lost is kept whole in the report."""
    remover = Side.THEIRS if pair.theirs_did == REMOVED else Side.OURS
    is_settled = strategy in (Strategy.OURS, Strategy.THEIRS)
    side = Side(strategy.value) if is_settled else remover
    told = [None if row is None else _told(joint, row) for row in versions]
    clash = Clash.of("removed by one side, changed by the other", told, is_settled=is_settled)
    action = Action.REMOVE if side is remover else Action.KEEP
    return Decision(joint.name, key_text(pair.key), action, side, clash=clash)


def _told(joint: Joint, row: Sequence[Stored]) -> dict[str, object]:
    return {field.name: to_travel(value) for field, value in zip(joint.fields, row)}


class _Row(NamedTuple):
    base: Sequence[Stored] | None
    ours: Sequence[Stored]
    theirs: Sequence[Stored]
    joint: Joint
    connection: sqlite3.Connection

    def times(self) -> tuple[Stored, Stored] | None:
        """When each side says that it changed the row."""
        for wanted in _TIMES:
            for place, field in enumerate(self.joint.fields):
                if field.name.lower() == wanted:
                    return self.ours[place], self.theirs[place]
        return None


def _decide_field(
    pair: Pair, place: int, field: Field, row: _Row, strategy: Strategy
) -> tuple[Side, Clash | None]:
    base = None if row.base is None else row.base[place]
    ours, theirs = row.ours[place], row.theirs[place]
    if order(ours) == order(theirs) or (
        field.name == row.joint.key[0].name and row.joint.kind is Kind.NUMBERED
    ):
        return Side.OURS, None
    if row.base is None:
        if theirs is None or ours is None:  # what one side does not know is no contradiction
            return (Side.OURS if theirs is None else Side.THEIRS), None
    elif pair.theirs_mask[place] == "0" or pair.ours_mask[place] == "0":
        return (Side.OURS if pair.theirs_mask[place] == "0" else Side.THEIRS), None
    if field.name.lower() in _TIMES:
        return (Side.OURS if order(ours) > order(theirs) else Side.THEIRS), None
    ranked = ranks(row.connection, field, ours, theirs)
    side, is_settled = settle(strategy, *ranked, order=order, times=row.times())
    values = [to_travel(value) for value in (base, ours, theirs)]
    return side, Clash.of("changed on both sides", values, is_settled=is_settled)


def _versions_of(connection: sqlite3.Connection, joint: Joint, pair: Pair) -> Versions:
    """The row in base, ours and theirs, its references as they will be; None where it is not."""
    found = []
    for side, wanted in (("base", pair.key), ("ours", pair.key), ("theirs", pair.theirs_key)):
        if side == "theirs":
            values = [joint.theirs(field, "s") for field in joint.fields]
        else:
            values = [field.on(side, "s") for field in joint.fields]
        where = " AND ".join(
            f"{field.on(side, 's')} = {mark(value)}" for field, value in zip(joint.key, wanted)
        )
        row = connection.execute(
            f"SELECT {', '.join(values)} FROM {joint.source(side)} AS s WHERE {where}", tuple(wanted)
        ).fetchone()
        found.append(row)
    return found[0], found[1], found[2]
