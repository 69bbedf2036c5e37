"""A skill as it is shown: one made of what all its sources say.

A level is told by the `max`, the `average`, or `weighted`: each source weighs

    sqrt(1 + its invocations) * max(1/8, 1 / (1 + age / 30 days))

where age is how much longer ago its level was told than the newest of this skill was. No clock is asked, so
the same set of words shows the same skill for ever, and a source whose clock is years ahead outweighs the
others eightfold at most. Only sums, quotients and square roots: every machine comes to the same digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from waifusync.core.learning.said import newest_said
from waifusync.core.learning.settings import Aggregation
from waifusync.core.learning.skills import MOST_POINTS, Point, SkillWord
from waifusync.values import dataclass

HALF_WEIGHT_MILLISECONDS = 30 * 24 * 3600 * 1000
LEAST_RECENCY = 1 / 8
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Usage:
    """Of all sources together. `success_rate` is None where nobody told one."""

    total_invocations: int = 0
    success_rate: float | None = None
    contexts: tuple[str, ...] = ()
    last_used: int | None = None


@dataclass(frozen=True, slots=True)
class Skill:
    """One skill; times in milliseconds since 1970. `words` are its sources' own, in order of their names."""

    skill_id: str
    name: str
    category: str
    proficiency: float
    acquired: int | None
    source_instances: tuple[str, ...]
    learning_curve: tuple[Point, ...]
    usage: Usage
    prerequisites: tuple[str, ...]
    enables: tuple[str, ...]
    also_called: tuple[str, ...]
    words: tuple[SkillWord, ...]


def show_skill(skill: str, words: Mapping[str, SkillWord], aggregation: Aggregation) -> Skill:
    """Of what is left of all sources' words; their order makes no difference."""
    sources = tuple(words[source] for source in sorted(words))
    name = _newest_text(sources, "name") or skill
    return Skill(
        skill_id=skill,
        name=name,
        category=_newest_text(sources, "category"),
        proficiency=_level(sources, aggregation),
        acquired=min(_values(sources, "acquired"), default=None),
        source_instances=tuple(each.source for each in sources),
        learning_curve=tuple(sorted({point for each in sources for point in each.curve})[-MOST_POINTS:]),
        usage=_usage(sources),
        prerequisites=_union(sources, "prerequisites"),
        enables=_union(sources, "enables"),
        also_called=tuple(sorted(set(_values(sources, "name")) - {name})),
        words=sources,
    )


def weight(word: SkillWord, newest: int) -> float:
    """What a source's level weighs, `newest` being when the newest of all was told."""
    age = max(0, newest - word.said["proficiency"].as_of)
    recency = 1 / (1 + age / HALF_WEIGHT_MILLISECONDS)
    return math.sqrt(1 + _count(word)) * max(LEAST_RECENCY, recency)


def _level(sources: Iterable[SkillWord], aggregation: Aggregation) -> float:
    """0 where nobody told one."""
    told = [each for each in sources if "proficiency" in each.said]
    levels = [each.said["proficiency"].value for each in told]
    if not levels:
        return 0.0
    if aggregation is Aggregation.MAX:
        return float(max(levels))
    newest = max(each.said["proficiency"].as_of for each in told)
    weights = [1.0 if aggregation is Aggregation.AVERAGE else weight(each, newest) for each in told]
    return _mean(levels, weights)


def _mean(values: list[float], weights: list[float]) -> float:
    """Exact sums, so no order shows."""
    products = [value * each for value, each in zip(values, weights)]
    return min(1.0, round(math.fsum(products) / math.fsum(weights), _DIGITS))


def _usage(sources: Iterable[SkillWord]) -> Usage:
    sources = tuple(sources)
    rated = [each for each in sources if "success_rate" in each.said]
    counted = [each for each in rated if _count(each)] or rated
    rates = [each.said["success_rate"].value for each in counted]
    return Usage(
        total_invocations=sum(map(_count, sources)),
        success_rate=_mean(rates, [float(_count(each) or 1) for each in counted]) if rates else None,
        contexts=_union(sources, "contexts"),
        last_used=max(_values(sources, "last_used"), default=None),
    )


def _count(word: SkillWord) -> int:
    return next(iter(_values((word,), "invocations")), 0)


def _newest_text(sources: Iterable[SkillWord], name: str) -> str:
    found = newest_said(each.said[name] for each in sources if name in each.said)
    return str(found.value) if found else ""


def _values(sources: Iterable[SkillWord], name: str) -> list[Any]:  # Any: as each value is
    return [each.said[name].value for each in sources if name in each.said]


def _union(sources: Iterable[SkillWord], name: str) -> tuple[str, ...]:
    return tuple(sorted({text for texts in _values(sources, name) for text in texts}))
