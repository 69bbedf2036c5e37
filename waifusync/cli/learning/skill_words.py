"""A skill in words for a person, and in the documented JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from waifusync.cli import output

if TYPE_CHECKING:
    from waifusync.core.learning.skill_view import Skill
    from waifusync.core.learning.skill_web import Place
    from waifusync.core.learning.skills import SkillWord
    from waifusync.workflows.learning.skills import Skills

_MOST = 10


def percent(share: float) -> str:
    """A share for a person, such as 93 %."""
    return f"{share:.0%}".replace("%", " %")


def iso(milliseconds: int | None) -> str | None:
    """A time as JSON has it; None where there is none."""
    from waifusync.workflows.past import iso_milliseconds

    return None if milliseconds is None else iso_milliseconds(milliseconds)


def skill_json(known: Skills, skill: Skill, *, with_words: bool = False) -> dict[str, object]:
    """The documented shape; `with_words` adds what each source says."""
    place = known.places[skill.skill_id]
    told: dict[str, object] = {
        "skill_id": skill.skill_id,
        "name": skill.name,
        "also_called": skill.also_called,
        "same_name": place.same_name,
        "category": skill.category or None,
        "proficiency": skill.proficiency,
        "acquired": iso(skill.acquired),
        "source_instances": skill.source_instances,
        "learning_curve": [
            {"timestamp": iso(at), "proficiency": level} for at, level in skill.learning_curve
        ],
        "usage": _usage_json(skill),
        "prerequisites": (*place.needs, *place.missing),
        "missing": place.missing,
        "enables": place.enables,
        "cycle": place.cycle,
        "synergies": [{"skill": each.skill, "strength": each.strength} for each in place.synergies],
        "capability": place.capability,
    }
    return {**told, "contributions": [_word_json(each) for each in skill.words]} if with_words else told


def _usage_json(skill: Skill) -> dict[str, object]:
    usage = skill.usage
    return {
        "total_invocations": usage.total_invocations,
        "success_rate": usage.success_rate,
        "contexts": usage.contexts,
        "last_used": iso(usage.last_used),
    }


def _word_json(word: SkillWord) -> dict[str, object]:
    values = {
        name: iso(said.value) if name in ("acquired", "last_used") else said.value
        for name, said in sorted(word.said.items())
    }
    return {"source": word.source, "as_of": iso(word.as_of), **values}


def skill_lines(known: Skills, skill: Skill, name_of: Callable[[str], str]) -> Iterator[str]:
    """One skill for a person; `name_of` says what a source is called."""
    place = known.places[skill.skill_id]
    category = f" ({skill.category})" if skill.category else ""
    yield f"{skill.name}{category}: level {skill.proficiency:.2f}, capability {place.capability:.2f}"
    yield from _doubles(skill, place)
    yield from sorted(f"{name_of(word.source)}: {_word(word)}" for word in skill.words)
    yield from _web(skill, place)


def _doubles(skill: Skill, place: Place) -> Iterator[str]:
    if skill.also_called:
        yield f"also called {', '.join(skill.also_called)}"
    if place.same_name:
        yield f"of the same name, under another id: {', '.join(place.same_name)}"


def _word(word: SkillWord) -> str:
    said = {name: each.value for name, each in word.said.items()}
    parts = [f"level {said['proficiency']:.2f}"] if "proficiency" in said else []
    parts += [output.count(said["invocations"], "use")] if "invocations" in said else []
    parts += [f"{percent(said['success_rate'])} succeeded"] if "success_rate" in said else []
    parts += [f"as of {str(iso(word.as_of))[:10]}"]
    return ", ".join(parts)


def _web(skill: Skill, place: Place) -> Iterator[str]:
    if skill.usage.contexts:
        yield f"used for {_some(skill.usage.contexts)}"
    if place.path:
        yield f"needs {', then '.join(place.path)}"
    if place.missing:
        yield f"needs, and nobody has: {_some(place.missing)}"
    if place.cycle:
        yield f"in a circle: {_some(place.cycle)} need each other"
    if place.enables:
        yield f"enables {_some(place.enables)}"
    if place.synergies:
        strong = [f"{each.skill} ({each.strength:.2f})" for each in place.synergies]
        yield f"goes with {_some(strong)}"


def _some(texts: tuple[str, ...] | list[str]) -> str:
    more = f", and {len(texts) - _MOST} more" if len(texts) > _MOST else ""
    return ", ".join(texts[:_MOST]) + more
