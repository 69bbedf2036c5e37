"""What a person does with skills on this device: adds, uses, removes, brings back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from waifusync.core.events import MERGE_SKILLS
from waifusync.core.learning.collections import SKILLS
from waifusync.core.learning.given import MOST_ITEMS, text_at, wrong
from waifusync.core.learning.said import Said
from waifusync.core.learning.skill_intake import read_skill
from waifusync.core.learning.skill_view import Skill
from waifusync.core.learning.skills import SkillGone, SkillWord, read_records, skill_id
from waifusync.core.learning.taken import Taken
from waifusync.errors import UsageError
from waifusync.memory.learned import Learning, read_collection
from waifusync.values import replace
from waifusync.workflows.companion import Companion, wall_clock
from waifusync.workflows.learning.announcing import announced
from waifusync.workflows.learning.skills import came, left, read_skills, records_of, take_in_skill, tell
from waifusync.workflows.learning.sources import speaker
from waifusync.workflows.working import at_work


def add_skill(companion: Companion, data: Mapping[str, object], *, source: str = "") -> Taken:
    """What this device says of a skill, or what it heard of another source now. Raises UsageError."""
    with at_work(companion, "skills") as work, work.lesson() as learning:
        word, _ = read_skill(data, "", source=speaker(companion, source), as_of=wall_clock())
        as_of = _next_moment(learning, word.skill, word.source)
        return take_in_skill(learning, data, source=word.source, as_of=as_of, path="")


def use_skill(
    companion: Companion, name: str, *, is_success: bool = True, contexts: Iterable[str] = ()
) -> Skill:
    """Counts one use on this device, with where it was of use; the skill as it is then. Raises UsageError."""
    heard = [text_at("context", each) for each in contexts]
    with at_work(companion, "skills") as work, work.lesson() as learning:
        skill = read_skills(learning.connection, companion).named(name).skill_id
        own = left(records_of(learning, skill), skill).get(learning.device, SkillWord(skill, learning.device))
        used = _used(own, heard, is_success, _next_moment(learning, skill, own.source))
        tell(learning, used)
        return read_skills(learning.connection, companion).skills[skill]


def remove_skill(companion: Companion, name: str, *, source: str = "") -> Taken:
    """Takes away what was said of a skill until now, by one source or by all. Raises UsageError."""
    with at_work(companion, "skills") as work, work.lesson() as learning:
        skill = read_skills(learning.connection, companion).named(name)
        words = {each.source: each for each in skill.words}
        of = speaker(companion, source) if source else ""
        if of and of not in words:
            raise UsageError(
                f"{source!r} said nothing of this skill", hint=f"its sources: {', '.join(words)}"
            )
        now = wall_clock()
        heard = {each: word.as_of for each, word in words.items() if of in ("", each)}
        seen = {each: at for each, at in heard.items() if at is not None and at > now}
        return tell(learning, SkillGone(skill.skill_id, of, now, seen))


def bring_back_skill(companion: Companion, name: str, *, source: str = "") -> Taken:
    """Takes back what `remove_skill` did, on whichever device; nothing where nothing was removed."""
    with at_work(companion, "skills") as work, work.lesson() as learning:
        gone = _gone_called(learning.connection, name)
        skill = next(each.skill for each in gone.values())
        before = left(records_of(learning, skill), skill)
        of = speaker(companion, source) if source else ""
        for key, each in gone.items():
            if of in ("", each.source):
                learning.delete(SKILLS, key)
        after = left(records_of(learning, skill), skill)
        return announced(learning, MERGE_SKILLS, Taken(came(before, after), skill))


def _gone_called(connection: sqlite3.Connection, name: str) -> dict[str, SkillGone]:
    """By key, what was removed of the skill that has, or had, this id or name."""
    found = dict(read_records(read_collection(connection, SKILLS)))
    names = {each.skill for each in found.values() if _is_called(each, name)}
    gone = {key: each for key, each in found.items() if isinstance(each, SkillGone) and each.skill in names}
    if not gone:
        raise UsageError(f"no skill {name!r} was removed", hint="run: waifusync skills list")
    if len({each.skill for each in gone.values()}) > 1:
        ids = ", ".join(sorted({each.skill for each in gone.values()}))
        raise UsageError(f"several removed skills are called {name!r}", hint=f"say which: {ids}")
    return gone


def _is_called(record: SkillWord | SkillGone, name: str) -> bool:
    if record.skill in (name, skill_id(name)):
        return True
    told = record.said.get("name") if isinstance(record, SkillWord) else None
    return told is not None and skill_id(told.value) == skill_id(name)


def _used(own: SkillWord, contexts: list[str], is_success: bool, now: int) -> SkillWord:
    said = own.said
    before = said["invocations"].value if "invocations" in said else 0
    rate = said["success_rate"].value if "success_rate" in said else 1.0
    # A rate of whole successes comes back as them: nothing is lost by keeping the rate.
    successes = round(rate * before) + is_success
    known = said["contexts"].value if "contexts" in said else []
    told: dict[str, object] = {
        "invocations": before + 1,
        "success_rate": successes / (before + 1),
        "last_used": now,
    }
    if not set(contexts) <= set(known):
        told["contexts"] = _more(known, contexts)
    return replace(own, said={**said, **{name: Said(now, value) for name, value in told.items()}})


def _more(known: Iterable[str], contexts: Iterable[str]) -> list[str]:
    found = sorted({*known, *contexts})
    if len(found) > MOST_ITEMS:
        raise wrong("context", f"a device keeps {MOST_ITEMS} of a skill's", hint="use one that is known")
    return found


def _next_moment(learning: Learning, skill: str, source: str) -> int:
    """Now, but after all that the source said and all that was taken away: a clock may go back."""
    found = dict(read_records(records_of(learning, skill).items())).values()
    heard = [each.as_of for each in found if isinstance(each, SkillWord) and each.source == source]
    cut = [each.cut(source) for each in found if isinstance(each, SkillGone)]
    return max([wall_clock(), *(at + 1 for at in (*heard, *cut) if at is not None)])
