"""What calls to models taught: how fast a device is, whether it failed, what other thresholds would do.

A call holds lengths and times, and no text.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence

from waifusync.values import NamedTuple

# How much the newest measurement counts against all before it.
_WEIGHT = 0.3
# A device that failed is asked last for so long.
COOLING_MILLISECONDS = 60_000


class Outcome(str, enum.Enum):
    """How one call ended; only the first gave an answer."""

    ANSWERED = "answered"
    AWAY = "away"
    FAILED = "failed"
    MISSING = "missing"
    GARBAGE = "garbage"
    EMPTY = "empty"
    BARRED = "barred"


class Call(NamedTuple):
    """`at`: milliseconds since 1970. `task`: a keyed hash, which says only that two tasks were the same."""

    at: int
    device: str
    model: str
    outcome: Outcome
    task: str = ""
    score: float = 0.0
    threshold: float = 0.0
    letters: int = 0
    answer_letters: int = 0
    first_seconds: float = 0.0
    seconds: float = 0.0
    tokens: int = 0
    tokens_per_second: float = 0.0


class Speed(NamedTuple):
    """A moving mean of real calls; None where there were none."""

    first_seconds: float | None = None
    tokens_per_second: float | None = None


def speed_of(device: str, calls: Iterable[Call]) -> Speed:
    """Of all answers of a device, the newest counting most; `calls` from the oldest to the newest."""
    answered = [each for each in calls if each.device == device and each.outcome is Outcome.ANSWERED]
    return Speed(
        _moving_mean([each.first_seconds for each in answered]),
        _moving_mean([each.tokens_per_second for each in answered if each.tokens_per_second]),
    )


def _moving_mean(values: Sequence[float]) -> float | None:
    if not values:
        return None
    mean = values[0]
    for value in values[1:]:
        mean += _WEIGHT * (value - mean)
    return round(mean, 4)


def failed_lately(device: str, calls: Sequence[Call], *, now: int) -> str:
    """In a word, how the device's last call ended, if that was a moment ago and no answer; else "".

    That it has not got one model says nothing about the next.
    """
    last = next((each for each in reversed(calls) if each.device == device), None)
    if last is None or last.outcome in (Outcome.ANSWERED, Outcome.MISSING, Outcome.BARRED):
        return ""
    return last.outcome.value if 0 <= now - last.at < COOLING_MILLISECONDS else ""


class Share(NamedTuple):
    """What one device (and model) did: calls, how many gave an answer, and the times of those."""

    device: str
    model: str
    calls: int
    answered: int
    first_seconds: float | None
    seconds: float | None
    tokens_per_second: float | None


def shares(calls: Iterable[Call]) -> list[Share]:
    """One for each device and model, the busiest first; times are medians."""
    groups: dict[tuple[str, str], list[Call]] = {}
    for each in calls:
        groups.setdefault((each.device, each.model), []).append(each)
    found = [_share(device, model, each) for (device, model), each in groups.items()]
    return sorted(found, key=lambda share: (-share.calls, share.device, share.model))


def _share(device: str, model: str, calls: Sequence[Call]) -> Share:
    answered = [each for each in calls if each.outcome is Outcome.ANSWERED]
    speeds = [each.tokens_per_second for each in answered if each.tokens_per_second]
    return Share(
        device,
        model,
        len(calls),
        len(answered),
        _median([each.first_seconds for each in answered]),
        _median([each.seconds for each in answered]),
        _median(speeds),
    )


def _median(values: Sequence[float]) -> float | None:
    return sorted(values)[len(values) // 2] if values else None


class AtThreshold(NamedTuple):
    """How many of the tasks asked so far the router would begin at the strong and the weak device with."""

    threshold: float
    strong: int
    weak: int


def at_thresholds(calls: Iterable[Call], thresholds: Iterable[float]) -> list[AtThreshold]:
    """A task that was tried on several devices counts once."""
    scores = list({each.task: each.score for each in calls}.values())
    return [
        AtThreshold(each, sum(score >= each for score in scores), sum(score < each for score in scores))
        for each in thresholds
    ]
