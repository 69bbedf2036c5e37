"""What becomes of each id: the row is the unit, since a vector and what is said of it belong together.

What both sides have the same is not a decision; everything else that is not as in the base is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from waifusync.core.three_way import Action, Decision, Side, Strategy, which
from waifusync.merging.arrays.showing import content_of, row_time, shown, shown_id, shown_row
from waifusync.merging.clashes import NOTHING, Times, Wanted, action_of, clashed
from waifusync.values import NamedTuple

if TYPE_CHECKING:
    from waifusync.merging.arrays.matching import Matching
    from waifusync.merging.arrays.npy import Array
    from waifusync.merging.arrays.tables import Table

TABLE = "rows"
NOBODY, OURS, THEIRS = 0, 1, 2


class Versions(NamedTuple):
    """Base (None: none), ours, theirs."""

    base: Table | None
    ours: Table
    theirs: Table


def decide_rows(versions: Versions, matching: Matching, strategy: Strategy) -> tuple[Array, list[Decision]]:
    """For each id whose row is taken (NOBODY, OURS, THEIRS), and the decisions."""
    in_base, in_ours, in_theirs = (rows >= 0 for rows in (matching.base, matching.ours, matching.theirs))
    mine, yours = matching.ours_as_base, matching.theirs_as_base
    both_gone = in_base & ~in_ours & ~in_theirs
    agreed = matching.both_same | both_gone
    only = {
        (Action.ADD, Side.OURS): ~in_base & ~in_theirs,
        (Action.ADD, Side.THEIRS): ~in_base & ~in_ours,
        (Action.REMOVE, Side.OURS): ~in_ours & yours,
        (Action.REMOVE, Side.THEIRS): ~in_theirs & mine,
        (Action.CHANGE, Side.OURS): in_ours & yours & ~agreed,
        (Action.CHANGE, Side.THEIRS): in_theirs & mine & ~agreed,
    }
    taken = (in_ours * OURS).astype("i1")
    found: dict[int, Decision] = {}
    disputed = ~agreed
    for (action, side), mask in only.items():
        disputed &= ~mask
        taken[mask] = NOBODY if action is Action.REMOVE else _taker(side)
        found |= {place: Decision(TABLE, _key(matching, place), action, side) for place in _places(mask)}
    for place in _places(disputed):
        found[place], taken[place] = _clash(versions, matching, place, strategy)
    return taken, [found[place] for place in sorted(found)]


def decide_fields(versions: Versions, strategy: Strategy) -> tuple[dict[str, Array], list[Decision]]:
    """What belongs to no row, by name; and the decisions."""
    fields = [version.fields if version else {} for version in versions]
    merged: dict[str, Array] = {}
    decisions = []
    for name in sorted({name for each in fields for name in each}):
        values = [each.get(name) for each in fields]
        side, decision = _decide_field(name, [wanted_field(value) for value in values], strategy)
        chosen = values[1] if side is Side.OURS else values[2]
        if chosen is not None:
            merged[name] = chosen
        decisions += [decision] if decision else []
    return merged, decisions


def _decide_field(name: str, wanted: list[Wanted], strategy: Strategy) -> tuple[Side, Decision | None]:
    base, ours, theirs = wanted
    side = which(base.order, ours.order, theirs.order)
    if side is None:
        side, action, clash = clashed(strategy, base, ours, theirs)
        return side, Decision(name, None, action, side, clash=clash)
    if ours.order == theirs.order:
        return side, None
    chosen = ours if side is Side.OURS else theirs
    return side, Decision(name, None, action_of(base.order, chosen.order), side)


def _clash(versions: Versions, matching: Matching, place: int, strategy: Strategy) -> tuple[Decision, int]:
    rows = [int(each[place]) for each in (matching.base, matching.ours, matching.theirs)]
    wanted = [_wanted_row(table, row) for table, row in zip(versions, rows)]
    side, action, clash = clashed(strategy, *wanted, times=_times(versions, rows))
    taken = NOBODY if action is Action.REMOVE else _taker(side)
    return Decision(TABLE, _key(matching, place), action, side, clash=clash), taken


def _times(versions: Versions, rows: list[int]) -> Times | None:
    if min(rows[1:]) < 0:
        return None
    ours, theirs = (row_time(table, row) for table, row in zip(versions[1:], rows[1:]) if table)
    return None if ours is None or theirs is None else (ours, theirs)


def _wanted_row(table: Table | None, row: int) -> Wanted:
    if table is None or row < 0:
        return NOTHING
    columns = [table.columns[name] for name in sorted(table.columns)]
    return Wanted(b"".join(content_of(column[row]) for column in columns), shown_row(table, row))


def wanted_field(value: Array | None) -> Wanted:
    """A whole array, as it is compared and shown."""
    if value is None:
        return NOTHING
    kind = value.dtype.kind if value.dtype.kind in "US" else value.dtype.str
    return Wanted(f"{kind} {value.shape}".encode() + content_of(value), shown(value))


def _places(mask: Array) -> Iterator[int]:
    return iter(mask.nonzero()[0].tolist())


def _key(matching: Matching, place: int) -> str:
    return shown_id(matching.ids[place].item())


def _taker(side: Side) -> int:
    return OURS if side is Side.OURS else THEIRS
