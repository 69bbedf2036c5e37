"""How near a memory is kept: a function of what is known of it and of the time, never stored.

    pinned by a person                                         core
    importance above 0.8, or used often and over some time     long-term
    importance from 0.5 on, or new or used within a day        working
    everything else                                            short-term

So consolidation is nothing that runs: a memory that is used moves up by itself, one that is not moves down,
and two devices with the same memories and the same clock agree. Nothing is deleted by it, on any device.
"""

from __future__ import annotations

import enum

from waifusync.values import NamedTuple

DAY_MILLISECONDS = 86_400_000
LONG_TERM_ABOVE = 0.8
WORKING_FROM = 0.5
# Used as often as this, from the first time to the last at least so long: more than one evening's talk.
OFTEN = 5
SOME_TIME_MILLISECONDS = 3 * DAY_MILLISECONDS


class Tier(enum.IntEnum):
    """The greater, the nearer."""

    SHORT_TERM = 0
    WORKING = 1
    LONG_TERM = 2
    CORE = 3

    @property
    def word(self) -> str:
        """As people and JSON have it."""
        return self.name.lower().replace("_", "-")


class Remembered(NamedTuple):
    """What a tier depends on; milliseconds of the wall clock. `used` is the last time, None for never."""

    key: str
    created: int
    importance: float | None = None
    pinned: bool = False
    uses: int = 0
    used: int | None = None


def tier_of(memory: Remembered, *, now: int) -> Tier:
    """A memory from the future is new."""
    importance = memory.importance or 0.0
    last = max(memory.created, memory.used or 0)
    if memory.pinned:
        return Tier.CORE
    if importance > LONG_TERM_ABOVE or _is_consolidated(memory, last):
        return Tier.LONG_TERM
    if importance >= WORKING_FROM or now - last <= DAY_MILLISECONDS:
        return Tier.WORKING
    return Tier.SHORT_TERM


def _is_consolidated(memory: Remembered, last: int) -> bool:
    return memory.uses >= OFTEN and last - memory.created >= SOME_TIME_MILLISECONDS
