"""Which memories a device may keep in the log only, when its live database has grown too large. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

# The newest stay, whatever is asked for: a chat program looks back that far without being told of anything.
KEPT_DAYS = 30
KEPT_ROWS = 1000


class Candidate(NamedTuple):
    """A memory that may go: its record, its moment (a Julian day), and about how many bytes it takes."""

    record: int
    moment: float
    size: int


def choose(
    candidates: Iterable[Candidate],
    bytes_to_free: int,
    *,
    importance: Mapping[int, float] | None = None,
) -> Iterator[Candidate]:
    """As many as are needed, the least important first, of equals the oldest; who is not in `importance`
    counts as 0."""
    known = importance or {}
    for each in sorted(candidates, key=lambda one: (known.get(one.record, 0.0), one.moment, one.record)):
        if bytes_to_free <= 0:
            return
        bytes_to_free -= each.size
        yield each
