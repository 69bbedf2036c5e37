"""What changed the personality: each change one record, told once and never edited.

A change is of a trait or an emotion: put at a value (`set`), or moved towards one or by some (`adapt`). A
`rollback` is a record too: it voids what came after a point, and can be voided itself.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TypeGuard

from waifusync.core import clock
from waifusync.core.learning.personality_settings import PersonalitySettings
from waifusync.core.values import Travel
from waifusync.values import dataclass

DEFAULT_RATE = PersonalitySettings().adaptation_rate
LONGEST_NAME = 64
LONGEST_REASON = 500


class Kind(str, enum.Enum):
    """What a companion is like, and how it feels."""

    TRAIT = "trait"
    EMOTION = "emotion"


class Act(str, enum.Enum):
    """What a change does."""

    SET = "set"
    ADAPT = "adapt"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Change:
    """`at` is hybrid time; `source` the device or instance it happened to. An adaptation has a target or a
    delta; a rollback voids what lies after the time `until` and before itself."""

    key: str
    at: int
    source: str
    act: Act
    kind: Kind = Kind.TRAIT
    name: str = ""
    target: float | None = None
    delta: float | None = None
    rate: float = DEFAULT_RATE
    why: str = ""
    until: int = 0

    @property
    def rank(self) -> tuple[int, str]:
        """The order in which changes count, the same on every device."""
        return self.at, self.key

    @property
    def time_text(self) -> str:
        """UTC, to the millisecond."""
        return _text(self.at)

    @property
    def until_text(self) -> str:
        """What a rollback goes back to."""
        return _text(self.until)

    def to_fields(self) -> dict[str, Travel]:
        """Only what was said."""
        told: dict[str, Travel] = {"act": self.act.value, "at": self.at, "source": self.source}
        told |= {"why": self.why} if self.why else {}
        if self.act is Act.ROLLBACK:
            return {**told, "until": self.until}
        told |= {"kind": self.kind.value, "name": self.name, "rate": self.rate}
        amounts = {"target": self.target, "delta": self.delta}
        return told | {name: value for name, value in amounts.items() if value is not None}


def change_of(key: str, fields: Mapping[str, Travel]) -> Change | None:
    """Whatever a device wrote; None for what says nothing that counts."""
    at, source, why = fields.get("at"), fields.get("source"), fields.get("why", "")
    if (
        type(at) is not int
        or not 0 <= at < clock.LATEST
        or not isinstance(source, str)
        or not isinstance(why, str)
    ):
        return None
    if fields.get("act") == Act.ROLLBACK.value:
        until = fields.get("until")
        return Change(key, at, source, Act.ROLLBACK, why=why, until=until) if _is_time(until) else None
    return _value_change(key, at, source, why, fields)


def _value_change(key: str, at: int, source: str, why: str, fields: Mapping[str, Travel]) -> Change | None:
    try:
        act, kind = Act(fields.get("act")), Kind(fields.get("kind"))
    except ValueError:
        return None
    name, rate = fields.get("name"), fields.get("rate")
    target, delta = fields.get("target"), fields.get("delta")
    if not isinstance(name, str) or not is_within(rate, 0) or not _says_one(act, target, delta):
        return None
    return Change(key, at, source, act, kind, name, _float(target), _float(delta), _float(rate) or 0.0, why)


def _says_one(act: Act, target: Travel, delta: Travel) -> bool:
    if delta is None:
        return is_within(target, 0)
    return act is Act.ADAPT and target is None and is_within(delta, -1)


def is_within(value: object, least: int) -> bool:
    """Whether this is a number from `least` to 1; NaN is none."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and least <= value <= 1  # type: ignore[operator]  # a number


def _text(at: int) -> str:
    when = datetime.fromtimestamp(clock.milliseconds_of(max(at, 0)) / 1000, tz=timezone.utc)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_time(value: Travel) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < clock.LATEST


def _float(value: Travel) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
