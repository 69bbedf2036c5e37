"""Times as programs write them into files of their own: read only to tell which of two is later.

Text of any of ISO 8601's usual forms, or a number of seconds (or milliseconds) since 1970. A text without a
zone is taken as UTC: of two devices, neither can be asked where it stood.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone

from waifusync.patterns import pattern

# No conversation took place after the year 5138 in seconds, nor before 1973 in milliseconds.
_FIRST_MILLISECONDS = 1e11
_ISO = pattern(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?)? ?(Z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)


def moment(value: object) -> float | None:
    """Seconds since 1970; None for what is not a time."""
    if isinstance(value, str):
        return _of_text(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    if not math.isfinite(number):
        return None
    return number / 1000 if abs(number) >= _FIRST_MILLISECONDS else number


def _of_text(text: str) -> float | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    *numbers, fraction, zone = found.groups()
    year, month, day, hour, minute, second = (int(each or 0) for each in numbers)
    try:
        whole = datetime(year, month, day, hour, minute, tzinfo=timezone.utc) + timedelta(seconds=second)
    except (ValueError, OverflowError):
        return None
    return whole.timestamp() + float(f"0.{fraction or 0}") - _seconds_east(zone)


def _seconds_east(zone: str | None) -> int:
    if zone is None or zone in "Zz":
        return 0
    digits = zone[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:] or 0) * 60
    return -seconds if zone[0] == "-" else seconds
