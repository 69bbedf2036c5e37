"""`waifusync skills …`: what the companion can do, as all its devices and instances tell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode

if TYPE_CHECKING:
    from waifusync.core.learning.taken import Taken
    from waifusync.workflows.learning.skills import Skills

EXAMPLES = (
    'waifusync skills add "Python" --proficiency 0.6 --category code --requires Typing',
    "waifusync skills use Python --context tests",
    "waifusync skills use Python --failed",
    "waifusync skills show Python",
    "waifusync skills remove Python --undo",
)

NameArgument = Annotated[str, Argument("NAME", help="The skill, by its name or id.")]


def list_skills(
    *,
    category: Annotated[
        str | None, Option("--category", metavar="NAME", help="Only those of one category.")
    ] = None,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """All skills, the most capable first."""
    from waifusync.cli.learning.skill_words import skill_json
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.skills import all_skills

    known = all_skills(Companion.find(directory))
    chosen = [each for each in known.skills.values() if category in (None, each.category)]
    chosen.sort(key=lambda each: (-known.places[each.skill_id].capability, each.skill_id))
    if json:
        for each in chosen:
            output.answer_json(skill_json(known, each))
    elif chosen:
        _table(known, [each.skill_id for each in chosen])
    else:
        output.answer("None is of this category." if category else "No skills yet: waifusync skills add NAME")
    return ExitCode.DONE


def _table(known: Skills, chosen: list[str]) -> None:
    from waifusync.cli.learning.skill_words import percent

    rows = []
    for skill in chosen:
        each, usage = known.skills[skill], known.skills[skill].usage
        rate = "-" if usage.success_rate is None else percent(usage.success_rate)
        sources = str(len(each.source_instances))
        place = known.places[skill]
        name = f"{each.name} ({skill})" if place.same_name else each.name
        used = f"{usage.total_invocations:,}"
        rows.append(
            (
                name,
                each.category or "-",
                f"{each.proficiency:.2f}",
                used,
                rate,
                sources,
                f"{place.capability:.2f}",
            )
        )
    output.answer_table(("skill", "category", "level", "used", "succeeded", "sources", "capability"), rows)


def show(name: NameArgument, *, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """One skill: what each source says of it, what it needs, and what goes with it."""
    from waifusync.cli.learning.skill_words import skill_json, skill_lines
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.skills import all_skills
    from waifusync.workflows.learning.sources import Sources

    companion = Companion.find(directory)
    known = all_skills(companion)
    skill = known.named(name)
    if json:
        output.answer_json(skill_json(known, skill, with_words=True))
        return ExitCode.DONE
    headline, *lines = skill_lines(known, skill, Sources(companion).name)
    output.answer(output.plain(headline))
    for line in lines:
        output.answer(f"  {output.plain(line)}")
    return ExitCode.DONE


def use(
    name: NameArgument,
    *,
    failed: Annotated[bool, Option("--failed", help="It was of no use this time.")] = False,
    context: Annotated[
        tuple[str, ...], Option("--context", metavar="TEXT", help="What for; may be repeated.")
    ] = (),
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Count one use of a skill on this device."""
    from waifusync.cli.learning.skill_words import skill_json
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.skills import all_skills
    from waifusync.workflows.learning.using_skills import use_skill

    companion = Companion.find(directory)
    skill = use_skill(companion, name, is_success=not failed, contexts=context)
    if json:
        output.answer_json(skill_json(all_skills(companion), skill))
    else:
        uses = output.count(skill.usage.total_invocations, "use")
        output.answer(output.plain(f"{skill.name}: {uses} on all devices."))
    return ExitCode.DONE


def add(
    name: Annotated[str, Argument("NAME", help="What the skill is called.")],
    *,
    skill_id: Annotated[
        str | None, Option("--id", metavar="ID", help="Its id, where it has one; else the name, plainly.")
    ] = None,
    category: Annotated[str | None, Option("--category", metavar="NAME", help="What kind it is.")] = None,
    proficiency: Annotated[
        float | None, Option("--proficiency", metavar="SHARE", help="From 0 to 1.")
    ] = None,
    acquired: Annotated[str | None, Option("--acquired", metavar="TIME", help="Since when.")] = None,
    requires: Annotated[
        tuple[str, ...], Option("--requires", metavar="SKILL", help="What it needs; may be repeated.")
    ] = (),
    enables: Annotated[
        tuple[str, ...], Option("--enables", metavar="SKILL", help="What needs it; may be repeated.")
    ] = (),
    source: Annotated[
        str, Option("--source", metavar="NAME", help="Who says so, such as a device; this one if left out.")
    ] = "",
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Say what this device knows of a skill. What is left out stays as it was said before."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.using_skills import add_skill

    data: dict[str, object] = {
        "name": name,
        "skill_id": skill_id,
        "category": category,
        "proficiency": proficiency,
        "acquired": acquired,
        "prerequisites": list(requires) or None,
        "enables": list(enables) or None,
    }
    taken = add_skill(Companion.find(directory), data, source=source)
    return _told(taken, name, json=json)


def remove(
    name: NameArgument,
    *,
    source: Annotated[
        str, Option("--source", metavar="NAME", help="Only what this one said, as `show` names it.")
    ] = "",
    undo: Annotated[bool, Option("--undo", help="Bring it back.")] = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Take away what was said of a skill until now. It comes back with whatever is said of it later."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.using_skills import bring_back_skill, remove_skill

    change = bring_back_skill if undo else remove_skill
    return _told(change(Companion.find(directory), name, source=source), name, json=json)


_SENTENCES = {
    "added": "is known now.",
    "updated": "is brought up to date.",
    "removed": "is removed; --undo brings it back.",
    "nothing": "is as it was.",
}


def _told(taken: Taken, name: str, *, json: bool) -> int:
    if json:
        output.answer_json({"skill_id": taken.subject, "came": taken.came.value})
    else:
        output.answer(output.plain(f"{name} {_SENTENCES[taken.came.value]}"))
    return ExitCode.DONE
