"""A figure: what is measured, and which limits its medians are to keep."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from experiments.bench.timing import Cost, Turns


class Basis(str, Enum):
    """Which of a candidate's values its limits are about."""

    WALL = "wall"
    CPU = "cpu"
    VALUE = "value"  # bytes, rows a second, mebibytes


class Limit(NamedTuple):
    """The median of one candidate against that of another, or against a number where `per` is None."""

    of: str
    per: str | None = None
    most: float | None = None
    least: float | None = None


class Verdict(str, Enum):
    REACHED = "reached"
    MISSED = "missed"
    UNKNOWN = "not measured"


@dataclass(frozen=True, slots=True)
class Judged:
    """A limit and what came of it; `low` and `high` are the range of the ratio, round by round."""

    limit: Limit
    verdict: Verdict
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(slots=True)
class Measured:
    """What came of one figure: values by candidate, one each round.

    `missing`: candidates that could not take part, with the reason; `wrong`: what others did instead.
    `series`: curves for a plot, by name.
    """

    costs: dict[str, list[Cost]] = field(default_factory=dict)
    values: dict[str, list[float]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    series: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    @classmethod
    def of_turns(cls, turns: Turns) -> Measured:
        """What candidates in turns have cost."""
        return cls(turns.costs, wrong=turns.wrong)

    def of(self, name: str, basis: Basis) -> list[float]:
        """A candidate's values; empty for one that did not take part."""
        if basis is Basis.VALUE:
            return self.values.get(name, [])
        return [getattr(each, basis.value) for each in self.costs.get(name, [])]

    @property
    def names(self) -> list[str]:
        return [*self.costs, *self.values]


@dataclass(frozen=True, slots=True)
class Figure:
    """`module` has `measure(setting) -> Measured`, and is imported when its turn comes."""

    name: str
    title: str
    module: str
    limits: Sequence[Limit] = ()
    basis: Basis = Basis.WALL
    unit: str = "s"
    plot: str = ""

    def judge(self, measured: Measured) -> list[Judged]:
        """Every limit of the figure, in their order."""
        return [_judge(limit, lambda name: measured.of(name, self.basis)) for limit in self.limits]


def _judge(limit: Limit, values: Callable[[str], list[float]]) -> Judged:
    of = values(limit.of)
    per = values(limit.per) if limit.per is not None else [1.0] * len(of)
    if not of or not per:
        return Judged(limit, Verdict.UNKNOWN)
    ratio = statistics.median(of) / statistics.median(per)
    pairs = [one / other for one, other in zip(of, per, strict=False)]
    is_kept = (limit.most is None or ratio <= limit.most) and (limit.least is None or ratio >= limit.least)
    return Judged(limit, Verdict.REACHED if is_kept else Verdict.MISSED, ratio, min(pairs), max(pairs))


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything. The limits are about the whole scale; a smaller one shows that all works."""

    name: str
    rows: int
    few: int
    many: int
    new: int
    pulled: int
    changed: int
    syncs: int
    rounds: int


WHOLE = Scale("whole", 100_000, 10_000, 1_000_000, 100, 10_000, 1_000, 1_000, 7)
QUICK = Scale("quick", 10_000, 2_000, 20_000, 100, 2_000, 200, 60, 7)
SMOKE = Scale("smoke", 300, 100, 500, 20, 60, 10, 3, 1)


def summary(values: Sequence[float]) -> tuple[float, float, float]:
    """Median, least, most."""
    return statistics.median(values), min(values), max(values)
