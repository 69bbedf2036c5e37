"""Arrays without ids: rows are known by where they stand, so only what was put at the end can be merged.

                 theirs:  as base      appended             changed before the end
ours: as base             (not merged: the side that changed is taken as it is)
      appended                         both, equal rows     theirs, and what ours appended
                                       once
      changed before the end                                refused, unless both changed it alike
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from waifusync.core.three_way import Action, Decision, Difference, Side
from waifusync.merging.arrays.agreeing import is_same_type
from waifusync.merging.arrays.deciding import TABLE
from waifusync.merging.arrays.npy import blocks, row_bytes
from waifusync.merging.arrays.showing import shown
from waifusync.merging.files import CannotMerge

if TYPE_CHECKING:
    from waifusync.merging.arrays.npy import Array

_HINT = "keep ids with the vectors (docs/merging.md says how), or take one of the two files"


def merge_plain(
    base: Array | None, ours: Array, theirs: Array
) -> tuple[list[tuple[Array, Side | None]], list[Difference]]:
    """Slices of rows in their order, each with who appended it (None: was there), and what else changed."""
    _check_rows(base, ours, theirs)
    before = theirs[:0] if base is None else base
    mine, yours = (common_rows(before, side) == len(before) for side in (ours, theirs))
    if mine and yours:
        start = len(before)
    elif mine or yours:
        return _after_a_change(before, ours, theirs, Side.OURS if mine else Side.THEIRS)
    else:
        start = common_rows(ours, theirs)
        if start < len(before):
            text = "rows before the end changed on both sides, and the array has no ids to tell them by"
            raise CannotMerge(text, hint=_HINT)
    return _both_appended(ours, theirs, start)


def common_rows(one: Array, other: Array) -> int:
    """How many rows at the beginning are the same, to the bit."""
    for start, stop in blocks(one[: min(len(one), len(other))]):
        pairs = zip(_rows(one[start:stop]), _rows(other[start:stop]))
        differing = next((place for place, (a, b) in enumerate(pairs) if a != b), None)
        if differing is not None:
            return start + differing
    return min(len(one), len(other))


def plain_differences(one: Array, other: Array) -> Iterator[Difference]:
    """Place by place: without ids, a row taken out of the middle changes all that follow."""
    for start, stop in blocks(one[: min(len(one), len(other))]):
        for place, (a, b) in enumerate(zip(_rows(one[start:stop]), _rows(other[start:stop])), start):
            if a != b:
                yield _difference(place, Action.CHANGE, shown(one[place]), shown(other[place]))
    for place in range(len(other), len(one)):
        yield _difference(place, Action.REMOVE, shown(one[place]), None)
    for place in range(len(one), len(other)):
        yield _difference(place, Action.ADD, None, shown(other[place]))


def added(slices: list[tuple[Array, Side | None]]) -> list[Decision]:
    """As decisions, each row by its place in the result."""
    decisions = []
    place = 0
    for rows, side in slices:
        if side is not None:
            keys = range(place, place + len(rows))
            decisions += [Decision(TABLE, str(key), Action.ADD, side) for key in keys]
        place += len(rows)
    return decisions


def _both_appended(
    ours: Array, theirs: Array, start: int
) -> tuple[list[tuple[Array, Side | None]], list[Difference]]:
    """Each side's rows stay together; whose come first is decided by the rows, not by who asks."""
    start += common_rows(ours[start:], theirs[start:])
    runs = [(ours[start:], Side.OURS), (theirs[start:], Side.THEIRS)]
    first, second = sorted(runs, key=lambda run: run[0][:1].tobytes())
    new = _without(second[0], first[0], None)
    return [(ours[:start], None), first, (new, second[1])], []


def _after_a_change(
    base: Array, ours: Array, theirs: Array, appender: Side
) -> tuple[list[tuple[Array, Side | None]], list[Difference]]:
    appended, changed = (ours, theirs) if appender is Side.OURS else (theirs, ours)
    new = _without(appended[len(base) :], changed, base)
    return [(changed, None), (new, appender)], list(plain_differences(base, changed))


def _without(rows: Array, present: Array, base: Array | None) -> Array:
    """Those that are not there yet: as often as `present` has a row more than the base, it is there."""
    digests = list(_digests(rows))
    wanted = set(digests)
    there = Counter(each for each in _digests(present) if each in wanted)
    if base is not None:
        there.subtract(each for each in _digests(base) if each in wanted)
    keep = []
    for place, digest in enumerate(digests):
        if there[digest] > 0:
            there[digest] -= 1
        else:
            keep.append(place)
    return rows[keep]


def _check_rows(base: Array | None, ours: Array, theirs: Array) -> None:
    for array in (ours, theirs):
        if array.ndim < 2 and array.dtype.names is None:
            text = "it is one list of values, not rows of them, and both sides changed it"
            raise CannotMerge(text, hint=_HINT)
    if base is not None and not (base.ndim == ours.ndim and is_same_type(base, ours)):
        raise CannotMerge("both sides changed the type of an array without ids", hint=_HINT)


def _rows(block: Array) -> Iterator[bytes]:
    content, size = block.tobytes(), row_bytes(block)
    return (content[start : start + size] for start in range(0, len(content), size))


def _digests(array: Array) -> Iterator[bytes]:
    for start, stop in blocks(array):
        yield from (hashlib.sha256(row).digest() for row in _rows(array[start:stop]))


def _difference(place: int, action: Action, before: object, after: object) -> Difference:
    return Difference(TABLE, str(place), action, {"row": (before, after)})
