"""Which memories a device may keep in the log only, when its live database has grown too large. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from waifusync.values import NamedTuple

# The newest stay, whatever is asked for: a chat program looks back that far without being told of anything.
KEPT_DAYS = 30
KEPT_ROWS = 1000


class Candidate(NamedTuple):
    """A memory that may go: its record, its moment (a Julian day), about how many bytes it takes, and its
    tier (core/learning/tiers.py)."""

    record: int
    moment: float
    size: int
    tier: int = 0


def choose(candidates: Iterable[Candidate], bytes_to_free: int) -> Iterator[Candidate]:
    """As many as are needed, the farthest tier first, and in it the oldest."""
    for each in sorted(candidates, key=lambda one: (one.tier, one.moment, one.record)):
        if bytes_to_free <= 0:
            return
        bytes_to_free -= each.size
        yield each
