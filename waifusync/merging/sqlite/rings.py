"""What order has parents before their children; what refers to each other in a ring stays together."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import TypeVar

Name = TypeVar("Name", int, str)


def parents_first(parents: Mapping[Name, set[Name]]) -> Iterator[list[Name]]:
    """Groups, mostly of one; what is no key of `parents`, and what refers to itself, does not count."""
    left = {name: (above & parents.keys()) - {name} for name, above in parents.items()}
    children: dict[Name, set[Name]] = {name: set() for name in parents}
    for name, above in left.items():
        for parent in above:
            children[parent].add(name)
    ready = deque([name] for name, above in left.items() if not above)
    while left:
        group = ready.popleft() if ready else _topmost_ring(next(iter(left)), left, children)
        yield group
        for name in group:
            del left[name]
        for child in sorted({child for name in group for child in children[name]} & left.keys()):
            left[child] -= set(group)
            if not left[child]:
                ready.append([child])


def _topmost_ring(
    start: Name, left: Mapping[Name, set[Name]], children: Mapping[Name, set[Name]]
) -> list[Name]:
    """Where everything that is left has a parent that is left."""
    while True:
        above = _reachable(start, left)
        apart = above - _reachable(start, children)
        if not apart:
            return sorted(above)
        start = min(apart)


def _reachable(start: Name, links: Mapping[Name, set[Name]]) -> set[Name]:
    found: set[Name] = set()
    waiting = [start]
    while waiting:
        new = links[waiting.pop()] - found
        found |= new
        waiting += new
    return found
