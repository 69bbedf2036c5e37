"""Finding what two lists that went on apart still have in common, in the order of both.

The pairs are the same for (one, other) as for (other, one), whatever the lists hold.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

Places = tuple[int, int]


def aligned(one: Sequence[str], other: Sequence[str]) -> list[Places]:
    """Pairs of places that hold the same, ascending in both; a common beginning and end are among them.

    Not always the most pairs there could be, since those take time with the product of the lengths: the n-th
    "yes" here is matched with the n-th "yes" there.
    """
    if list(other) < list(one):
        return [(mine, yours) for yours, mine in aligned(other, one)]
    start = _common(one, other)
    end = _common(one[start:][::-1], other[start:][::-1])
    places = _occurrences(other[start : len(other) - end])
    here = _occurrences(one[start : len(one) - end])
    meeting = [(start + mine, start + places[each]) for each, mine in here.items() if each in places]
    tail = [(len(one) - left, len(other) - left) for left in range(end, 0, -1)]
    return [(place, place) for place in range(start)] + _ascending(meeting) + tail


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = enumerate(zip(one, other))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _occurrences(items: Sequence[str]) -> dict[tuple[str, int], int]:
    """Where the first, second, … of each stands."""
    met: Counter[str] = Counter()
    found = {}
    for place, item in enumerate(items):
        found[item, met[item]] = place
        met[item] += 1
    return found


def _ascending(pairs: list[Places]) -> list[Places]:
    """The longest run of pairs (ascending in the first) that ascends in the second too."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for index, (_, yours) in enumerate(pairs):
        length = bisect_left(ends, yours)
        before.append(at[length - 1] if length else -1)
        ends[length : length + 1] = [yours]
        at[length : length + 1] = [index]
    run = []
    index = at[-1] if at else -1
    while index >= 0:
        run.append(pairs[index])
        index = before[index]
    return run[::-1]


def gaps(pairs: Sequence[Places], lengths: Places) -> list[tuple[Places, Places]]:
    """What lies before each pair and after the last, as (start, stop) in the one and in the other."""
    starts = [(0, 0), *((mine + 1, yours + 1) for mine, yours in pairs)]
    stops = [*pairs, lengths]
    return [((a, c), (b, d)) for (a, b), (c, d) in zip(starts, stops)]
