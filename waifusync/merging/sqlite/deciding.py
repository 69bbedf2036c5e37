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

from waifusync.core.three_way import Action, Decision, Side, Strategies
from waifusync.core.values import Stored
from waifusync.merging.sqlite.binding import key_text, mark
from waifusync.merging.sqlite.changes import ADDED, EDITED, REMOVED
from waifusync.merging.sqlite.meeting import Pair, meet
from waifusync.merging.sqlite.plan import Field, Joint, Kind, numbers_of

_ACTIONS = {ADDED: Action.ADD, EDITED: Action.CHANGE, REMOVED: Action.REMOVE}


def work_table(joint: Joint) -> str:
    """What is to be done in `main`: keys r0… in theirs, m0… in the result, what, and the fields to take."""
    return f"temp.waifusync_work_{joint.place}"


def decide(connection: sqlite3.Connection, joint: Joint, strategies: Strategies) -> Iterator[Decision]:
    """Fills the work table; the lists of changes and the numbers of newcomers must be there."""
    if "theirs" in joint.untouched:
        yield from _list_ours(connection, joint)
        return
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
        met = meet(connection, joint, pair, strategies)
        yield from met.decisions
        if met.what is not None:
            _do(connection, joint, pair, met.what, met.mask)
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
    # A row that was in base refers to one that was there, even if its number was given to another since.
    added = f"SELECT new FROM {numbers_of(field.parent)} WHERE old = ct.k{place} AND ct.what = {ADDED}"
    return f"coalesce(({added}), ct.k{place})"


def _meets_ours(joint: Joint) -> str:
    same = " AND ".join(f"co.k{place} = {merged}" for place, merged in enumerate(_merged_keys(joint)))
    both_added = "0" if joint.kind is Kind.NUMBERED else f"ct.what = {ADDED} AND co.what = {ADDED}"
    neither = f"ct.what <> {ADDED} AND co.what <> {ADDED}"
    return f"SELECT 1 FROM {joint.changes('ours')} AS co WHERE {same} AND ({neither} OR {both_added})"


def _no_twin(joint: Joint) -> str:
    if joint.kind is not Kind.NUMBERED:
        return ""
    return f" AND NOT (ct.what = {ADDED} AND ct.k0 IN (SELECT theirs FROM {joint.twins}))"


def _pairs(connection: sqlite3.Connection, joint: Joint) -> Iterator[Pair]:
    count = len(joint.key)
    joined = _meets_ours(joint).replace("SELECT 1 FROM", "").replace("WHERE", "ON", 1)
    rows = connection.execute(
        f"SELECT {_keys(joint)}, {', '.join(_merged_keys(joint))}, ct.what, ct.mask, co.what, co.mask"
        f" FROM {joint.changes('theirs')} AS ct JOIN {joined}"
    )
    for row in rows:
        yield Pair(tuple(row[:count]), tuple(row[count : 2 * count]), *row[2 * count :])
    if joint.kind is Kind.NUMBERED:
        twins = connection.execute(f"SELECT theirs, ours FROM {joint.twins} ORDER BY theirs")
        for theirs, ours in twins:
            yield Pair((theirs,), (ours,), ADDED, "", ADDED, "")


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


def _do(connection: sqlite3.Connection, joint: Joint, pair: Pair, what: int, mask: str) -> None:
    row = (None, *pair.theirs_key, *pair.key, what, mask)
    connection.execute(f"INSERT INTO {work_table(joint)} VALUES ({', '.join(map(mark, row))})", row)
