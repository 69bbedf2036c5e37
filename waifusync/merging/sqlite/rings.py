"""Tables that refer to each other in a ring belong together: each of them would come before its parents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from waifusync.merging.sqlite.plan import Joint

_Links = Mapping[int, set[int]]


def rings(joints: Sequence[Joint]) -> Iterator[list[Joint]]:
    """Parents before their children; most groups are of one table."""
    by_place = {joint.place: joint for joint in joints}
    parents = {joint.place: _parents(joint) & by_place.keys() for joint in joints}
    children: dict[int, set[int]] = {place: set() for place in parents}
    for place, above in parents.items():
        for parent in above:
            children[parent].add(place)
    for group in _parents_first(parents, children):
        yield [by_place[place] for place in sorted(group)]


def _parents(joint: Joint) -> set[int]:
    return {field.parent for field in joint.fields if field.parent is not None} - {joint.place}


def _parents_first(parents: _Links, children: _Links) -> Iterator[set[int]]:
    left = {place: set(above) for place, above in parents.items()}
    ready = [{place} for place, above in left.items() if not above][::-1]
    while left:
        group = ready.pop() if ready else _topmost_ring(next(iter(left)), left, children)
        yield group
        for place in group:
            del left[place]
        for child in sorted(set[int]().union(*(children[place] for place in group)) & left.keys()):
            left[child] -= group
            if not left[child]:
                ready.append({child})


def _topmost_ring(start: int, left: _Links, children: _Links) -> set[int]:
    """Where every table that is left has a parent that is left."""
    while True:
        above = _reachable(start, left)
        apart = above - _reachable(start, children)
        if not apart:
            return above
        start = min(apart)


def _reachable(start: int, links: _Links) -> set[int]:
    found: set[int] = set()
    waiting = [start]
    while waiting:
        new = links[waiting.pop()] - found
        found |= new
        waiting += new
    return found
