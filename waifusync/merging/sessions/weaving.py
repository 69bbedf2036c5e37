"""What two devices said after the same turn, brought into one order: the same whichever device is asked.

By time, an exchange (what a person said, and all that followed until they spoke again) staying whole: an
answer torn from its question would mislead the model that reads it next. Without times, one device's turns,
then the other's.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from waifusync.core.moments import moment
from waifusync.merging.sessions.reading import canonical
from waifusync.values import dataclass, field

_TIMES = ("timestamp", "time", "created_at", "at")
_IDS = ("id", "turn_id", "message_id")


@dataclass(frozen=True, slots=True)
class Turn:
    """A message: its text tells it from others, its name (an id, else who spoke) outlives an edit."""

    value: dict[str, object]
    text: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", canonical(self.value))

    @property
    def name(self) -> str:
        found = next((self.value[each] for each in _IDS if isinstance(self.value.get(each), str | int)), None)
        return f"{self.value['role']} {found}"

    @property
    def moment(self) -> float | None:
        """When it was said; None when it does not say."""
        times = (moment(self.value.get(each)) for each in _TIMES)
        return next((time for time in times if time is not None), None)


def is_turns(value: object) -> bool:
    """Whether a JSON value is a list of messages (an empty one is)."""
    return isinstance(value, list) and all(
        isinstance(item, dict) and isinstance(item.get("role"), str) for item in value
    )


def by_time(one: Sequence[Turn], other: Sequence[Turn]) -> list[Turn]:
    """Both runs, each in its own order."""
    if [turn.text for turn in other] < [turn.text for turn in one]:
        one, other = other, one
    has_times = all(any(turn.moment is not None for turn in run) for run in (one, other))
    if not has_times:
        return [*one, *other]
    merged = heapq.merge(_exchanges(one), _exchanges(other), key=lambda exchange: exchange[0])
    return [turn for _, exchange in merged for turn in exchange]


def _exchanges(run: Sequence[Turn]) -> list[tuple[float, list[Turn]]]:
    """With the time of each; one that has none follows the one before it at once."""
    groups: list[list[Turn]] = []
    for turn in run:
        if turn.value["role"] == "user" or not groups:
            groups.append([])
        groups[-1].append(turn)
    latest = float("-inf")
    timed = []
    for group in groups:
        latest = next((turn.moment for turn in group if turn.moment is not None), latest)
        timed.append((latest, group))
    return timed
