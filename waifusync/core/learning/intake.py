"""At the door: what of that which comes from outside is taken in, and the reason where it is not.

Long answers, newlines, tabs, `a < b`, any script and any emoji pass. What no text of a person's holds
does not: it is there to steer a terminal, or to fill a disk.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from waifusync.values import NamedTuple

MOST_CHARACTERS = 200_000
# Of one source: so many at once, and so many a second on the average.
BURST = 2_000
PER_SECOND = 20.0
_FREE_CONTROLS = frozenset("\t\n\r\f")


class Reason(str, enum.Enum):
    """Why something was not taken in."""

    TOO_LONG = "too long"
    CONTROL_CHARACTERS = "control characters"
    NOT_UNICODE = "not unicode"
    TOO_MANY = "too many at once"


class Limits(NamedTuple):
    """What a door lets through."""

    characters: int = MOST_CHARACTERS
    burst: int = BURST
    per_second: float = PER_SECOND


class Bucket(NamedTuple):
    """What one source may still bring: `left` at a millisecond; fills up with time, up to the burst."""

    left: float
    at: int

    def take(self, now: int, limits: Limits, count: int = 1) -> tuple[Bucket, bool]:
        """The bucket after so many were taken, if they were there. A clock that went back gives nothing."""
        gained = max(0, now - self.at) / 1000 * limits.per_second
        left = min(float(limits.burst), self.left + gained)
        return (Bucket(left - count, now), True) if left >= count else (Bucket(left, now), False)


def examine(text: str, limits: Limits | None = None) -> Reason | None:
    """None: it may come in. Says nothing about what the text means."""
    if len(text) > (limits or Limits()).characters:
        return Reason.TOO_LONG
    if text.isprintable():  # most are
        return None
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return Reason.NOT_UNICODE
    if any(_is_control(letter) for letter in text):
        return Reason.CONTROL_CHARACTERS
    return None


def examine_all(texts: Iterable[str], limits: Limits | None = None) -> Reason | None:
    """The first reason against any of them."""
    return next((reason for text in texts if (reason := examine(text, limits))), None)


def _is_control(letter: str) -> bool:
    return (letter < " " or "\x7f" <= letter < "\xa0") and letter not in _FREE_CONTROLS
