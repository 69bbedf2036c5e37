"""When an instance checks in: the five fields of cron, in a named time zone. Pure but for the zones."""

from __future__ import annotations

from datetime import datetime, timezone, tzinfo

from waifusync.core.cron import parsed
from waifusync.core.learning.reading_json import kind_of, wrong
from waifusync.values import dataclass

EVERY_SIX_HOURS = "0 */6 * * *"
_UTC = "UTC"


@dataclass(frozen=True, slots=True)
class Times:
    """An hour that the clocks skip comes when they have; one that they repeat comes once."""

    schedule: str = EVERY_SIX_HOURS
    time_zone: str = _UTC

    def next_after(self, milliseconds: int) -> int:
        """The first time after a moment; both in milliseconds since 1970. Raises ValueError: never."""
        moment = datetime.fromtimestamp(milliseconds / 1000, tz=_zone(self.time_zone))
        try:
            return round(next(parsed(self.schedule, moment)).timestamp() * 1000)
        except StopIteration:
            raise ValueError("never") from None


def times_of(schedule: tuple[str, object], time_zone: tuple[str, object]) -> Times:
    """Of two fields with their paths. Raises UsageError."""
    zone = _checked_zone(*time_zone)
    path, value = schedule
    if value is None:
        return Times(time_zone=zone)
    if not isinstance(value, str):
        raise wrong(path, f"expected a text, found {kind_of(value)}")
    found = Times(" ".join(value.split()), zone)
    try:
        found.next_after(0)
    except ValueError:
        raise wrong(
            path,
            "is not five fields of cron that ever come about",
            hint='minute, hour, day, month, day of the week, such as "0 */6 * * *"',
        ) from None
    return found


def _checked_zone(path: str, value: object) -> str:
    if value is None:
        return _UTC
    if not isinstance(value, str):
        raise wrong(path, f"expected a text, found {kind_of(value)}")
    try:
        _zone(value)
    except (KeyError, ValueError, OSError):
        raise wrong(path, "is no time zone that this machine knows", hint="such as Europe/Berlin") from None
    return value


def _zone(name: str) -> tzinfo:
    if name == _UTC:
        return timezone.utc
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)
