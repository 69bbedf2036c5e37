"""What skills are to each other: what needs what, what goes together, and how much a skill can be relied on.

Synergy of two skills, from their contexts (as sets) and whether one needs the other directly:

    shared = |contexts of both| / |contexts of either|
    synergy = shared                      where neither needs the other
              (1 + shared) / 2            where one does

Capability of a skill, its reliability being (invocations * success rate + 1) / (invocations + 2):

    own = proficiency * (1 + reliability) / 2
    capability = own + (1 - own) / 4 * the greatest synergy * own of that other skill
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

from waifusync.core.learning.skill_view import Skill
from waifusync.core.learning.skills import skill_id
from waifusync.values import dataclass

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Synergy:
    """Another skill, and how much the two go together, from 0 to 1."""

    skill: str
    strength: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a skill stands among the others. `cycle`: skills that all need each other, itself among them;
    `missing`: what it needs and nobody has; `path`: what it needs directly or through others, that first
    which needs nothing."""

    needs: tuple[str, ...] = ()
    enables: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    cycle: tuple[str, ...] = ()
    synergies: tuple[Synergy, ...] = ()
    capability: float = 0.0
    same_name: tuple[str, ...] = ()


def places(skills: Mapping[str, Skill]) -> dict[str, Place]:
    """Of all skills by id. A function of the set: no order shows."""
    needs, missing = _needs(skills)
    enables = _inverse(needs)
    reached = {skill: _reached(skill, needs) for skill in needs}
    synergies = _synergies(skills, needs)
    own = {skill: _own(each) for skill, each in skills.items()}
    namesakes = _namesakes(skills)
    return {
        skill: Place(
            needs=needs[skill],
            enables=enables[skill],
            missing=missing[skill],
            path=_path(skill, reached),
            cycle=_cycle(skill, reached),
            synergies=synergies[skill],
            capability=_capability(own, skill, synergies[skill]),
            same_name=tuple(other for other in namesakes[skill_id(each.name)] if other != skill),
        )
        for skill, each in skills.items()
    }


def find(skills: Mapping[str, Skill], word: str) -> tuple[str, ...]:
    """The skills that this is the id of, or else the name."""
    if word in skills:
        return (word,)
    plain = skill_id(word)
    return tuple(sorted(skill for skill, each in skills.items() if plain in (skill, skill_id(each.name))))


def _needs(skills: Mapping[str, Skill]) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """What each needs, be it said by itself or by what enables it; and what of it nobody has."""
    names = _names(skills)
    needs: dict[str, set[str]] = {skill: set() for skill in skills}
    missing: dict[str, set[str]] = {skill: set() for skill in skills}
    for skill, each in skills.items():
        for text in each.prerequisites:
            found = names.get(text) or names.get(skill_id(text))
            (needs if found else missing)[skill].add(found or text)
        for text in each.enables:
            other = names.get(text) or names.get(skill_id(text))
            if other:
                needs[other].add(skill)
    return _sorted(needs), _sorted(missing)


def _names(skills: Mapping[str, Skill]) -> dict[str, str]:
    """Every word that means a skill; an id before a name, and of two skills of one name the first id."""
    by_name = {skill_id(each.name): skill for skill, each in sorted(skills.items(), reverse=True)}
    return {**by_name, **{skill: skill for skill in skills}}


def _namesakes(skills: Mapping[str, Skill]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for skill, each in sorted(skills.items()):
        found.setdefault(skill_id(each.name), []).append(skill)
    return found


def _inverse(needs: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {skill: set() for skill in needs}
    for skill, others in needs.items():
        for other in others:
            found[other].add(skill)
    return _sorted(found)


def _sorted(found: Mapping[str, set[str]]) -> dict[str, tuple[str, ...]]:
    return {skill: tuple(sorted(others)) for skill, others in found.items()}


def _reached(skill: str, needs: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Whatever it needs directly or through others: itself too, where there is a circle."""
    reached: set[str] = set()
    waiting = list(needs[skill])
    while waiting:
        each = waiting.pop()
        if each not in reached:
            reached.add(each)
            waiting += needs[each]
    return reached


def _path(skill: str, reached: Mapping[str, set[str]]) -> tuple[str, ...]:
    """In an order in which they can be learned; those of a circle stand side by side, by name."""
    others = reached[skill] - {skill}
    return tuple(sorted(others, key=lambda each: (len(reached[each]), each)))


def _cycle(skill: str, reached: Mapping[str, set[str]]) -> tuple[str, ...]:
    if skill not in reached[skill]:
        return ()
    return tuple(sorted(each for each in reached[skill] if skill in reached[each]))


def _synergies(
    skills: Mapping[str, Skill], needs: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[Synergy, ...]]:
    contexts = {skill: {skill_id(text) for text in each.usage.contexts} for skill, each in skills.items()}
    found: dict[str, list[Synergy]] = {skill: [] for skill in skills}
    for one, other in _pairs(contexts, needs):
        either = len(contexts[one] | contexts[other])
        shared = len(contexts[one] & contexts[other]) / either if either else 0.0
        linked = other in needs[one] or one in needs[other]
        strength = round((1 + shared) / 2 if linked else shared, _DIGITS)
        found[one].append(Synergy(other, strength))
        found[other].append(Synergy(one, strength))
    return {
        skill: tuple(sorted(each, key=lambda synergy: (-synergy.strength, synergy.skill)))
        for skill, each in found.items()
    }


def _pairs(
    contexts: Mapping[str, set[str]], needs: Mapping[str, tuple[str, ...]]
) -> Iterable[tuple[str, str]]:
    """Only those that have anything to do with each other: looking at all of them would cost their square."""
    users: dict[str, list[str]] = {}
    for skill, texts in contexts.items():
        for text in texts:
            users.setdefault(text, []).append(skill)
    pairs = {pair for skills in users.values() for pair in combinations(sorted(skills), 2)}
    linked = {(min(one, other), max(one, other)) for one in needs for other in needs[one] if one != other}
    return sorted(pairs | linked)


def _own(skill: Skill) -> float:
    used, rate = skill.usage.total_invocations, skill.usage.success_rate
    reliability = (used * rate + 1) / (used + 2) if rate is not None else 1 / 2
    return skill.proficiency * (1 + reliability) / 2


def _capability(own: Mapping[str, float], skill: str, synergies: Iterable[Synergy]) -> float:
    lift = max((each.strength * own[each.skill] for each in synergies), default=0.0)
    return round(own[skill] + (1 - own[skill]) / 4 * lift, _DIGITS)
