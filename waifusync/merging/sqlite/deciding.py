"""What becomes of each row that theirs changed, against what ours did: decided here, done in applying.py.

theirs:              added                    edited                   removed
ours: untouched      insert                   update                   delete
      added          one row, by the field    -                        -
      edited         -                        by the field             delete, and a clash
      removed        -                        nothing, and a clash     nothing
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from waifusync.core.three_way import Action, Clash, Decision, Side, Strategy, settle
from waifusync.core.values import Stored, to_travel
from waifusync.merging.files import CannotMerge
from waifusync.merging.sqlite.binding import mark
from waifusync.merging.sqlite.changes import ADDED, EDITED, REMOVED
from waifusync.merging.sqlite.likeness import twins_table
from waifusync.merging.sqlite.plan import Field, Joint, Kind
from waifusync.merging.sqlite.ranking import order, ranks

# A column that tells when a row was last changed: the later one wins, and is no conflict itself.
_TIMES = ("updated_at", "modified_at", "last_modified", "modified", "changed_at", "timestamp")
Versions = tuple["Sequence[Stored] | None", "Sequence[Stored] | None", "Sequence[Stored] | None"]
_ACTIONS = {ADDED: Action.ADD, EDITED: Action.CHANGE, REMOVED: Action.REMOVE}


def work_table(joint: Joint) -> str:
    """What is to be done in `main`: keys r0… in theirs, m0… in the result, what, and the fields to take."""
    return f"temp.waifusync_work_{joint.place}"


class _Pair(NamedTuple):
    """A row that both sides touched."""

    theirs_key: tuple[Stored, ...]
    key: tuple[Stored, ...]
    theirs_did: int
    theirs_mask: str
    ours_did: int
    ours_mask: str


def decide(connection: sqlite3.Connection, joint: Joint, strategy: Strategy) -> Iterator[Decision]:
    """Fills the work table; the lists of changes and the numbers of newcomers must be there."""
    raw, merged = _names("r", joint), _names("m", joint)
    keys = ", ".join([*raw, *merged])
    connection.execute(f"CREATE TABLE {work_table(joint)} (place INTEGER PRIMARY KEY, {keys}, what, mask)")
    pairs = list(_pairs(connection, joint))
    is_met = _meets_ours(joint)
    connection.execute(
        f"INSERT INTO {work_table(joint)} SELECT NULL, {_keys(joint)}, {', '.join(_merged_keys(joint))},"
        f" ct.what, ct.mask FROM {joint.changes('theirs')} AS ct WHERE NOT EXISTS ({is_met}){_no_twin(joint)}"
    )
    yield from _list(connection, joint)
    for pair in pairs:
        yield from _decide_pair(connection, joint, pair, strategy)
    yield from _list_ours(connection, joint)


def _names(letter: str, joint: Joint) -> list[str]:
    return [f"{letter}{place}" for place in range(len(joint.key))]


def _keys(joint: Joint) -> str:
    return ", ".join(f"ct.k{place}" for place in range(len(joint.key)))


def _merged_keys(joint: Joint) -> list[str]:
    """The keys of a row of theirs as they are in the result."""
    if joint.kind is Kind.NUMBERED:
        added = f"(SELECT new FROM {joint.numbers} WHERE old = ct.k0 AND ct.what = {ADDED})"
        return [f"coalesce({added}, ct.k0)"]
    return [_merged_key(field, place) for place, field in enumerate(joint.key)]


def _merged_key(field: Field, place: int) -> str:
    if field.parent is None:
        return f"ct.k{place}"
    numbers = f"temp.waifusync_numbers_{field.parent}"
    return f"coalesce((SELECT new FROM {numbers} WHERE old = ct.k{place}), ct.k{place})"


def _meets_ours(joint: Joint) -> str:
    same = " AND ".join(f"co.k{place} = {merged}" for place, merged in enumerate(_merged_keys(joint)))
    both_added = "0" if joint.kind is Kind.NUMBERED else f"ct.what = {ADDED} AND co.what = {ADDED}"
    neither = f"ct.what <> {ADDED} AND co.what <> {ADDED}"
    return f"SELECT 1 FROM {joint.changes('ours')} AS co WHERE {same} AND ({neither} OR {both_added})"


def _no_twin(joint: Joint) -> str:
    if joint.kind is not Kind.NUMBERED:
        return ""
    return f" AND NOT (ct.what = {ADDED} AND ct.k0 IN (SELECT theirs FROM {twins_table(joint)}))"


def _pairs(connection: sqlite3.Connection, joint: Joint) -> Iterator[_Pair]:
    count = len(joint.key)
    joined = _meets_ours(joint).replace("SELECT 1 FROM", "").replace("WHERE", "ON", 1)
    rows = connection.execute(
        f"SELECT {_keys(joint)}, {', '.join(_merged_keys(joint))}, ct.what, ct.mask, co.what, co.mask"
        f" FROM {joint.changes('theirs')} AS ct JOIN {joined}"
    )
    for row in rows:
        yield _Pair(tuple(row[:count]), tuple(row[count : 2 * count]), *row[2 * count :])
    if joint.kind is Kind.NUMBERED:
        twins = connection.execute(f"SELECT theirs, ours FROM {twins_table(joint)} ORDER BY theirs")
        for theirs, ours in twins:
            yield _Pair((theirs,), (ours,), ADDED, "", ADDED, "")


def _list(connection: sqlite3.Connection, joint: Joint) -> Iterator[Decision]:
    merged = ", ".join(_names("m", joint))
    for *key, what, mask in connection.execute(f"SELECT {merged}, what, mask FROM {work_table(joint)}"):
        yield from _decisions(joint, key, what, mask, Side.THEIRS)


def _list_ours(connection: sqlite3.Connection, joint: Joint) -> Iterator[Decision]:
    keys = ", ".join(f"k{place}" for place in range(len(joint.key)))
    for *key, what, mask in connection.execute(f"SELECT {keys}, what, mask FROM {joint.changes('ours')}"):
        yield from _decisions(joint, key, what, mask, Side.OURS)


def _decisions(joint: Joint, key: Sequence[Stored], what: int, mask: str, side: Side) -> Iterator[Decision]:
    told = key_text(key)
    if what != EDITED:
        yield Decision(joint.name, told, _ACTIONS[what], side)
        return
    for field, changed in zip(joint.fields, mask):
        if changed == "1":
            yield Decision(joint.name, told, Action.CHANGE, side, column=field.name)


def key_text(key: Sequence[Stored]) -> str:
    """How a row is named to a person."""
    return ", ".join(value.hex() if isinstance(value, bytes) else str(value) for value in key)


def _decide_pair(
    connection: sqlite3.Connection, joint: Joint, pair: _Pair, strategy: Strategy
) -> Iterator[Decision]:
    if pair.theirs_did == pair.ours_did == REMOVED:
        return
    base, ours, theirs = versions_of(connection, joint, pair.theirs_key, pair.key)
    if REMOVED in (pair.theirs_did, pair.ours_did):
        decision = _removed_and_edited(joint, pair, (base, ours, theirs), strategy)
        yield decision
        if decision.side is Side.THEIRS:
            _do(connection, joint, pair, REMOVED if pair.theirs_did == REMOVED else ADDED, "")
        return
    if ours is None or theirs is None:
        raise CannotMerge(f"a row of {joint.name} has a key that is no text, and cannot be found again")
    base = None if pair.ours_did == ADDED else base  # the number may have been another row's before
    taken = ""
    for place, field in enumerate(joint.fields):
        side, clash = _decide_field(pair, place, field, _Row(base, ours, theirs, joint, connection), strategy)
        taken += "1" if side is Side.THEIRS else "0"
        if clash or side is Side.THEIRS:
            yield Decision(joint.name, key_text(pair.key), Action.CHANGE, side, field.name, clash)
    _do(connection, joint, pair, EDITED, taken)  # also when ours has it all: what theirs did is to be found


def _removed_and_edited(joint: Joint, pair: _Pair, versions: Versions, strategy: Strategy) -> Decision:
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
    pair: _Pair, place: int, field: Field, row: _Row, strategy: Strategy
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


def _do(connection: sqlite3.Connection, joint: Joint, pair: _Pair, what: int, mask: str) -> None:
    row = (None, *pair.theirs_key, *pair.key, what, mask)
    connection.execute(f"INSERT INTO {work_table(joint)} VALUES ({', '.join(map(mark, row))})", row)


def versions_of(
    connection: sqlite3.Connection, joint: Joint, theirs_key: Sequence[Stored], key: Sequence[Stored]
) -> Versions:
    """The row in base, ours and theirs, its references as they will be; None where it is not."""
    found = []
    for side, wanted in (("base", key), ("ours", key), ("theirs", theirs_key)):
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
