"""Skills: taking in what instances say of them, and what all of it comes to."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from functools import reduce

from waifusync.core.events import MERGE_SKILLS
from waifusync.core.learning.collections import SKILLS, key_of
from waifusync.core.learning.skill_intake import read_skill
from waifusync.core.learning.skill_view import Skill, show_skill
from waifusync.core.learning.skill_web import Place, find, places
from waifusync.core.learning.skills import (
    GONE,
    WORD,
    SkillGone,
    SkillWord,
    living,
    read_records,
)
from waifusync.core.learning.taken import Came, Taken
from waifusync.core.values import Travel
from waifusync.errors import UsageError
from waifusync.memory.connection import snapshot
from waifusync.memory.learned import Learning, read_about, read_collection
from waifusync.values import dataclass
from waifusync.workflows.companion import Companion
from waifusync.workflows.learning.announcing import announced
from waifusync.workflows.working import at_work


@dataclass(frozen=True, slots=True)
class Skills:
    """All that is known, by id, and where each stands among the others."""

    skills: Mapping[str, Skill]
    places: Mapping[str, Place]

    @property
    def capability(self) -> float:
        """The sum of all: how many skills, fully mastered, it is worth."""
        return round(sum(sorted(each.capability for each in self.places.values())), 6)

    def named(self, word: str) -> Skill:
        """By id or name. Raises UsageError where it is none, or several."""
        found = find(self.skills, word)
        if len(found) == 1:
            return self.skills[found[0]]
        if found:
            raise UsageError(
                f"{len(found)} skills are called {word!r}", hint=f"say which: {', '.join(found)}"
            )
        raise UsageError(f"there is no skill {word!r}", hint="run: waifusync skills list")


def all_skills(companion: Companion) -> Skills:
    """What is known here now, as waifusync.toml has it aggregated."""
    with at_work(companion, "skills") as work, snapshot(work.memory.connection):
        return read_skills(work.memory.connection, companion)


def read_skills(connection: sqlite3.Connection, companion: Companion) -> Skills:
    """The same within a transaction."""
    aggregation = companion.config.learning.skill_aggregation
    found = living(dict(read_records(read_collection(connection, SKILLS))).values())
    skills = {skill: show_skill(skill, found[skill], aggregation) for skill in sorted(found)}
    return Skills(skills, places(skills))


def take_in_skill(learning: Learning, data: object, *, source: str, as_of: int, path: str = "data") -> Taken:
    """What a source says of a skill. Raises UsageError with the path of what is wrong; then nothing is told.

    A word that was told before, here or elsewhere, or that is older than what is known, changes nothing.
    """
    word, is_lost = read_skill(data, path, source=source, as_of=as_of)
    return tell(learning, SkillGone(word.skill, source, as_of) if is_lost else word)


def tell(learning: Learning, told: SkillWord | SkillGone) -> Taken:
    """Writes it beside what is known, unless some device wrote as much or more of the same source."""
    records = records_of(learning, told.skill)
    key = told.key(learning.device)
    known = dict(read_records(records.items()))
    alike = [each for each in known.values() if type(each) is type(told) and each.source == told.source]
    if alike and joined([*alike, told]) == joined(alike):
        return Taken(Came.NOTHING, told.skill)
    fields = joined([known[key], told] if key in known else [told]).to_fields()
    learning.put(SKILLS, key, fields)
    before, after = left(records, told.skill), left({**records, key: fields}, told.skill)
    return announced(learning, MERGE_SKILLS, Taken(came(before, after), told.skill))


def joined(records: Sequence[SkillWord | SkillGone]) -> SkillWord | SkillGone:
    """Records of one kind, of one source, as one."""
    return reduce(lambda one, other: one.joined(other), records)  # type: ignore[arg-type]  # of one kind


def came(before: Mapping[str, SkillWord], after: Mapping[str, SkillWord]) -> Came:
    """What became of a skill, by what was left of it before and after."""
    if before == after:
        return Came.NOTHING
    if not before:
        return Came.ADDED
    return Came.UPDATED if set(before) <= set(after) else Came.REMOVED


def records_of(learning: Learning, skill: str) -> dict[str, dict[str, Travel]]:
    """What all devices told of one skill, by key; costs nothing for the others."""
    return read_about(learning.connection, SKILLS, key_of(WORD, skill), key_of(GONE, skill))


def left(records: Mapping[str, Mapping[str, Travel]], skill: str) -> dict[str, SkillWord]:
    """By source, what is left of it."""
    return living(dict(read_records(records.items())).values()).get(skill, {})
