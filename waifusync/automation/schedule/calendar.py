"""A rhythm as systemd's OnCalendar says it. Pure.

every that divides the hour or the day   steps of minutes or hours
cron                                     its fields, one by one; day and weekday both given: either will do
anything else (7m, 36h, the last day)    None: somebody has to look often, and see by a stamp that it is time
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from waifusync.automation.schedule.rhythm import Cron, Every, Rhythm
from waifusync.core.cron import parsed

_WEEKDAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOUR, _DAY = 3600, 86400


def calendar_of(rhythm: Rhythm) -> list[str] | None:
    """Together these come about whenever the rhythm does, and at no other time."""
    return _of_every(rhythm.seconds) if isinstance(rhythm, Every) else _of_cron(rhythm)


def each_minutes(minutes: int) -> str:
    """For who only looks."""
    return f"*-*-* *:00/{minutes}:00"


def _of_every(seconds: int) -> list[str] | None:
    if seconds == _DAY:
        return ["*-*-* 00:00:00"]
    if seconds == _HOUR:
        return ["*-*-* *:00:00"]
    if _HOUR % seconds == 0:
        return [each_minutes(seconds // 60)]
    if _DAY % seconds == 0 and seconds % _HOUR == 0:
        return [f"*-*-* 00/{seconds // _HOUR}:00:00"]
    return None


def _of_cron(rhythm: Cron) -> list[str] | None:
    fields = parsed(rhythm.fields, datetime(2000, 1, 1))
    if min(fields.days) < 0 or not all(isinstance(day, int) for day in fields.weekdays):
        return None
    days = _listed(fields.days, 31)
    weekdays = ",".join(dict.fromkeys(_WEEKDAYS[day] for day in sorted(_numbers(fields.weekdays))))
    weekdays = "" if len(set(weekdays.split(","))) == 7 else f"{weekdays} "
    time = f"{_listed(fields.hours, 24)}:{_listed(fields.minutes, 60)}:00"
    month = _listed(fields.months, 12)
    if fields.day_and:
        return [f"{weekdays}*-{month}-{days} {time}"]
    return [f"*-{month}-{days} {time}", f"{weekdays}*-{month}-* {time}"]


def _listed(values: Collection[int], all_of_them: int) -> str:
    return "*" if len(values) == all_of_them else ",".join(f"{value:02}" for value in sorted(values))


def _numbers(values: Collection[object]) -> list[int]:
    return [value for value in values if isinstance(value, int)]
