"""Merging a list of messages: the turns both had are merged one by one, and what either added is woven in.

A turn that changed is known by its id, or by standing between the same turns, said by the same speaker.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from waifusync.core.three_way import Action, Side
from waifusync.core.weave import aligned, gaps
from waifusync.merging.clashes import Times
from waifusync.merging.sessions.deciding import ABSENT, Deciding, Place
from waifusync.merging.sessions.weaving import Turn, by_time
from waifusync.values import dataclass


@dataclass(frozen=True, slots=True)
class Changed:
    """One side against the base: what each turn is `now` (None: removed), and what was added `before` it.

    `before` has one more place, for what was added at the end.
    """

    now: list[Turn | None]
    before: list[list[Turn]]


def changed(base: Sequence[Turn], side: Sequence[Turn]) -> Changed:
    """What a side did to the turns of the base."""
    result = Changed([None] * len(base), [[] for _ in range(len(base) + 1)])
    pairs = aligned([turn.text for turn in base], [turn.text for turn in side])
    for mine, yours in pairs:
        result.now[mine] = side[yours]
    for (a, b), (c, d) in gaps(pairs, (len(base), len(side))):
        if d > c:
            _edits(result, a, base[a:b], side[c:d])
    return result


def _edits(result: Changed, start: int, base: Sequence[Turn], side: Sequence[Turn]) -> None:
    """Between two turns that stayed."""
    pairs = aligned([turn.name for turn in base], [turn.name for turn in side])
    for mine, yours in pairs:
        result.now[start + mine] = side[yours]
    for (_, end), (c, d) in gaps(pairs, (len(base), len(side))):
        result.before[start + end] += side[c:d]


def merge_turns(
    table: str, base: Sequence[Turn], ours: Sequence[Turn], theirs: Sequence[Turn], deciding: Deciding
) -> list[Turn]:
    """A turn is named in decisions by its place: an added one in the merged list, another in the base."""
    mine, yours = changed(base, ours), changed(base, theirs)
    merged: list[Turn] = []
    for place in range(len(base) + 1):
        for turn, side in _added(mine.before[place], yours.before[place]):
            if side is not None:
                deciding.note(Place(table, str(len(merged))), Action.ADD, side)
            merged.append(turn)
        if place < len(base):
            where = Place(table, str(place))
            merged += _decided(where, base[place], mine.now[place], yours.now[place], deciding)
    return merged


def _added(ours: Sequence[Turn], theirs: Sequence[Turn]) -> Iterator[tuple[Turn, Side | None]]:
    """In their merged order, with who added each; None when both did."""
    if not ours and not theirs:
        return
    pairs = aligned([turn.text for turn in ours], [turn.text for turn in theirs])
    for ((a, b), (c, d)), pair in zip(gaps(pairs, (len(ours), len(theirs))), [*pairs, None]):
        own = {id(turn) for turn in ours[a:b]}
        for turn in by_time(ours[a:b], theirs[c:d]):
            yield turn, Side.OURS if id(turn) in own else Side.THEIRS
        if pair is not None:
            yield ours[pair[0]], None


def _decided(
    where: Place, base: Turn, ours: Turn | None, theirs: Turn | None, deciding: Deciding
) -> list[Turn]:
    if ours is not None and theirs is not None and ours.text == theirs.text:
        return [ours]
    values = [ABSENT if each is None else each.value for each in (ours, theirs)]
    chosen = deciding.three_way(where, base.value, *values, times=_times(ours, theirs))
    return [turn for turn in (ours, theirs) if turn is not None and turn.value is chosen][:1]


def _times(ours: Turn | None, theirs: Turn | None) -> Times | None:
    """When each version of an edited turn was said; None when that does not tell them apart."""
    if ours is None or theirs is None or ours.moment is None or theirs.moment is None:
        return None
    return (ours.moment, theirs.moment) if ours.moment != theirs.moment else None
