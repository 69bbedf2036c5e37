"""From the set of all changes to the personality: what all devices share, and what each has on top.

Changes count in order of their rank; voided ones do not count. Of an adaptation of one source:

    shown      = core + lean of the source, within 0 and 1
    wanted     = the target, or shown + delta, within 0 and 1
    core      += rate * (target - core), or rate * delta; within 0 and 1
    lean       = wanted - core

so that the source has at once what it wanted, and all others a share of it. `set` puts the core at the
target and takes every lean away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from waifusync.core.learning.personality import Act, Change, Kind
from waifusync.values import dataclass, field

START: Mapping[Kind, float] = {Kind.TRAIT: 0.5, Kind.EMOTION: 0.0}

Subject = tuple[Kind, str]


@dataclass(slots=True)
class Value:
    """One trait or emotion; `leans` has what each source has on top, from -1 to 1."""

    core: float
    leans: dict[str, float] = field(default_factory=dict)

    def shown(self, source: str) -> float:
        """What this source shows: the core, and its own lean."""
        return _within(self.core + self.leans.get(source, 0.0))


@dataclass(frozen=True, slots=True)
class Step:
    """One change, what it moved in the core and where it happened, and the key of what voided it."""

    change: Change
    core: tuple[float, float] | None = None
    own: tuple[float, float] | None = None
    voided_by: str = ""


@dataclass(frozen=True, slots=True)
class Personality:
    """All traits and emotions that a change counts for, and every change, oldest first."""

    values: Mapping[Subject, Value]
    steps: Sequence[Step]

    def shown(self, source: str) -> dict[Subject, float]:
        """Every trait and emotion, as this source shows it."""
        return {subject: value.shown(source) for subject, value in self.values.items()}


def fold_personality(changes: Iterable[Change]) -> Personality:
    """Any order, grouping or repetition of the same changes gives the same, to the last bit."""
    ordered = sorted({each.key: each for each in changes}.values(), key=lambda each: each.rank)
    voided = _voided(ordered)
    values: dict[Subject, Value] = {}
    steps = [_step(each, voided.get(each.key, ""), values) for each in ordered]
    return Personality(values, steps)


def _voided(ordered: Sequence[Change]) -> dict[str, str]:
    """By key, the newest rollback that voids it. Newest first, so whether a rollback counts is known."""
    voided: dict[str, str] = {}
    standing: list[Change] = []
    for each in reversed(ordered):
        by = next((rollback.key for rollback in standing if rollback.until < each.at), "")
        if by:
            voided[each.key] = by
        elif each.act is Act.ROLLBACK:
            standing.append(each)
    return voided


def _step(change: Change, voided_by: str, values: dict[Subject, Value]) -> Step:
    if voided_by or change.act is Act.ROLLBACK:
        return Step(change, voided_by=voided_by)
    value = values.setdefault((change.kind, change.name), Value(START[change.kind]))
    core, own = value.core, value.shown(change.source)
    _apply(change, value)
    return Step(change, (core, value.core), (own, value.shown(change.source)))


def _apply(change: Change, value: Value) -> None:
    if change.act is Act.SET:
        value.core, value.leans = change.target or 0.0, {}
        return
    if change.target is not None:
        wanted, share = change.target, change.rate * (change.target - value.core)
    else:
        delta = change.delta or 0.0
        wanted, share = _within(value.shown(change.source) + delta), change.rate * delta
    value.core = _within(value.core + share)
    value.leans[change.source] = wanted - value.core


def _within(number: float) -> float:
    return min(1.0, max(0.0, number))
