"""Branches of one conversation brought into one: what all have stays, what they said apart is woven by time.

An exchange (what a person said, and what followed) stays whole. The new turns are named after what they are
made of, so two devices that merge the same branches make the same turns.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

from waifusync.core.conversation import Branch, Turn
from waifusync.core.session import Message, Place
from waifusync.core.strict_json import canonical
from waifusync.values import NamedTuple

_ID_LENGTH = 16


class MergedBranch(NamedTuple):
    """What a new session holds: it goes on from a common turn (None: they have none)."""

    continues: Place | None
    merges: list[Place]
    messages: list[Message]


def merge_branches(found: Sequence[Branch]) -> MergedBranch:
    """Of two or more; the same for any order of them."""
    ordered = sorted(found, key=lambda each: [turn.id for turn in each.turns])
    shared = _shared([[turn.origin for turn in each.turns] for each in ordered])
    woven = _woven([each.turns[shared:] for each in ordered])
    ends = sorted(each.end for each in ordered)
    last = ordered[0].turns[shared - 1].place if shared else None
    return MergedBranch(last, ends, [_copy(turn, place, woven) for place, turn in enumerate(woven)])


def _shared(ways: Sequence[Sequence[str]]) -> int:
    """How many turns all of them begin with."""
    count = 0
    while all(count < len(way) and way[count] == ways[0][count] for way in ways):
        count += 1
    return count


def _woven(runs: Sequence[Sequence[Turn]]) -> list[Turn]:
    """Each run in its own order; what several have (of an earlier merge) once."""
    exchanges = heapq.merge(*(_exchanges(run) for run in runs), key=lambda each: each[:2])
    met: dict[str, Turn] = {}
    for _, _, exchange in exchanges:
        for turn in exchange:
            met.setdefault(turn.origin, turn)
    return list(met.values())


def _exchanges(run: Sequence[Turn]) -> Iterator[tuple[float, str, list[Turn]]]:
    """With a time that does not go back; what has none follows what was before it at once."""
    groups: list[list[Turn]] = []
    for turn in run:
        if turn.message["role"] == "user" or not groups:
            groups.append([])
        groups[-1].append(turn)
    latest = float("-inf")
    for group in groups:
        latest = max([latest, *(turn.moment for turn in group[:1] if turn.moment is not None)])
        yield latest, group[0].origin, group


def _copy(turn: Turn, place: int, woven: Sequence[Turn]) -> Message:
    import hashlib  # 20 ms, and a chat that comes by here merges nothing

    named = canonical([place, [each.origin for each in woven]])
    name = "m" + hashlib.sha256(named.encode()).hexdigest()[:_ID_LENGTH]
    return {**turn.message, "id": name, "of": turn.origin}
