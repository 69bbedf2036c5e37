"""When a schedule runs: every so often, or by the five fields of cron; in local time, pure but for the zone.

`4h` means 0:00, 4:00 and so on, whenever it was installed. Moments are seconds since 1970. A run that was
missed is due as soon as anybody looks; of several that were, one is made up for.
"""

from __future__ import annotations

import time
from datetime import datetime

from waifusync.core.cron import parsed
from waifusync.core.durations import seconds_of, written
from waifusync.errors import UsageError
from waifusync.values import NamedTuple

_MINUTE = 60
# How often somebody may look whether it is time, without it being felt on a small board.
_LOOK_MINUTES = 5


class Every(NamedTuple):
    """Whole minutes, in seconds."""

    seconds: int

    def __str__(self) -> str:
        return f"every {written(self.seconds)}"


class Cron(NamedTuple):
    """Five fields, as a crontab has them."""

    fields: str

    def __str__(self) -> str:
        return f'by "{self.fields}"'


Rhythm = Every | Cron


def every(text: str) -> Every:
    """Raises UsageError for what is no length of time, or for parts of minutes."""
    seconds = seconds_of(text, option="--every")
    if seconds < _MINUTE or seconds % _MINUTE:
        raise UsageError(
            f"--every {text!r}: a schedule counts in whole minutes",
            hint="for less than a minute: waifusync watch",
        )
    return Every(int(seconds))


def cron(text: str) -> Cron:
    """Raises UsageError for anything but five fields that cron would take, and that come about."""
    found = Cron(" ".join(text.split()))
    try:
        next_after(found, time.time())
    except (UsageError, ValueError):
        raise UsageError(
            f"--cron {text!r} is not five fields of cron that ever come about",
            hint='minute, hour, day, month, day of the week, such as --cron "30 7 * * *" for half past seven',
        ) from None
    return found


def next_after(rhythm: Rhythm, moment: float) -> float:
    """The first time after `moment`. Raises ValueError for fields that never come about."""
    if isinstance(rhythm, Every):
        offset = time.localtime(moment).tm_gmtoff
        return ((moment + offset) // rhythm.seconds + 1) * rhythm.seconds - offset
    try:
        return next(parsed(rhythm.fields, datetime.fromtimestamp(moment))).timestamp()
    except StopIteration:
        raise ValueError("never") from None


def is_due(rhythm: Rhythm, *, last: float | None, now: float) -> bool:
    """Whether a run is to begin, when the last began then; one in the future was stamped by a wrong clock."""
    return last is None or last > now or next_after(rhythm, last) <= now


def minutes_between_looks(rhythm: Rhythm) -> int:
    """How often somebody has to look so that no time is missed."""
    if isinstance(rhythm, Every):
        minutes = {rhythm.seconds // _MINUTE}
    else:
        minutes = parsed(rhythm.fields, datetime(2000, 1, 1)).minutes
    return 1 if any(minute % _LOOK_MINUTES for minute in minutes) else _LOOK_MINUTES
