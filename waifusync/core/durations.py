"""How long something is, as people write it: `15m`. A number and ms, s, m, h or d; nothing is guessed."""

from __future__ import annotations

from waifusync.errors import UsageError
from waifusync.patterns import pattern

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LONGEST_SECONDS = 366 * 86400.0
_PATTERN = pattern(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)(ms|s|m|h|d)")


def seconds_of(text: str, *, option: str, least: float = 0.001) -> float:
    """Raises UsageError, which names the option; `least` 0.0 where no time at all is an answer."""
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise UsageError(
            f"{option} {text!r} is no length of time", hint="write a number and ms, s, m, h or d, such as 15m"
        )
    seconds = float(match[1]) * _SECONDS[match[2]]
    if seconds < least:
        raise UsageError(f"{option} {text!r} leaves no time")
    if seconds > _LONGEST_SECONDS:
        raise UsageError(f"{option} {text!r} is longer than a year")
    return seconds


def written(seconds: float) -> str:
    """In the largest unit that says it exactly; what `seconds_of` reads back."""
    for unit in ("d", "h", "m", "s"):
        count = seconds / _SECONDS[unit]
        if count >= 1 and count == int(count):
            return f"{int(count)}{unit}"
    return f"{round(seconds * 1000)}ms"
