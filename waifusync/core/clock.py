"""Hybrid logical time: 48 bits of milliseconds and 16 of counter in one integer.

A time given out is greater than every time seen before, whatever the wall clock says; so an edit made after
seeing another always outranks it, on a board that boots in 1970 and beside one that is set to 2099.
"""

from __future__ import annotations

COUNTER_BITS = 16
# The year 4199. A stamp beyond it can only be damage or malice, and would leave no room to count on from.
LATEST = (1 << 46) << COUNTER_BITS


def at_milliseconds(milliseconds: int) -> int:
    """The first hybrid time of that wall-clock millisecond; before 1970 counts as 1970."""
    return min(max(milliseconds, 0) << COUNTER_BITS, LATEST - 1)


def tick(last: int, wall_milliseconds: int) -> int:
    """The next time to give out after `last`, as near to the wall clock as order allows.

    At the very end of time it stands still, and numbers and devices decide: a stamp from there, which only
    damage or malice makes, must not lead every other device to write lines that nobody can read.
    """
    return min(max(last + 1, at_milliseconds(wall_milliseconds)), LATEST - 1)


def milliseconds_of(time: int) -> int:
    """The wall-clock part, in milliseconds since 1970."""
    return time >> COUNTER_BITS


def to_text(time: int) -> str:
    """Sixteen hexadecimal digits, so that times compare as bytes."""
    return f"{time:016x}"


def from_text(text: str) -> int:
    """Raises ValueError for anything but sixteen hexadecimal digits within the allowed span."""
    if len(text) != 16:
        raise ValueError("a time has sixteen hexadecimal digits")
    time = int(text, 16)
    if not 0 <= time < LATEST or to_text(time) != text:
        raise ValueError("a time outside the years 1970 to 4199")
    return time
