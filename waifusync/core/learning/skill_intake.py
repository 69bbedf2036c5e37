"""A skill as an instance hands it in, read strictly: one wrong value, and nothing of it is taken."""

from __future__ import annotations

from waifusync.core.learning.given import Given, share_at, time_at, wrong
from waifusync.core.learning.said import Said
from waifusync.core.learning.skills import Point, SkillWord, skill_id

_USAGE = ("total_invocations", "success_rate", "contexts", "last_used")
# Made of what all sources say: an instance that hands in a skill as it was shown says nothing new by these.
_DERIVED = ("source_instances", "synergies", "capability", "also_called", "same_name")
_KNOWN = (
    "skill_id",
    "name",
    "category",
    "proficiency",
    "acquired",
    "learning_curve",
    "usage",
    "prerequisites",
    "enables",
    "removed",
    *_DERIVED,
)


def read_skill(data: object, path: str, *, source: str, as_of: int) -> tuple[SkillWord, bool]:
    """The word, and whether it says that the source has lost the skill. Raises UsageError with the path."""
    given = Given(data, path, known=_KNOWN)
    name, own_id = given.text("name"), given.text("skill_id")
    if name is None and own_id is None:
        raise wrong(given.within("name"), "missing", hint="a skill has a name or a skill_id")
    level = given.share("proficiency")
    values = {**_values(given), "name": name, "proficiency": level}
    said = {key: Said(as_of, value) for key, value in values.items() if value is not None}
    curve = tuple(given.items("learning_curve", _point) or ())
    if level is not None:
        curve = (*curve, Point(as_of, level))
    word = SkillWord(own_id or skill_id(str(name)), source, said)
    return word.joined(SkillWord(word.skill, source, {}, curve)), bool(given.flag("removed"))


def _values(given: Given) -> dict[str, object]:
    usage = given.inner("usage", known=_USAGE)
    return {
        "category": given.text("category"),
        "acquired": given.time("acquired"),
        "invocations": usage.count("total_invocations"),
        "success_rate": usage.share("success_rate"),
        "contexts": _listed(usage.texts("contexts")),
        "last_used": usage.time("last_used"),
        "prerequisites": _listed(given.texts("prerequisites")),
        "enables": _listed(given.texts("enables")),
    }


def _listed(texts: tuple[str, ...] | None) -> list[str] | None:
    return None if texts is None else list(texts)


def _point(path: str, value: object) -> Point:
    """`{"timestamp", "proficiency"}`, or a pair of the two."""
    if isinstance(value, list | tuple):
        if len(value) != 2:
            raise wrong(path, f"expected a time and a level, found {len(value)} values")
        return Point(time_at(f"{path}[0]", value[0]), share_at(f"{path}[1]", value[1]))
    point = Given(value, path, known=("timestamp", "proficiency"))
    at, level = point.time("timestamp"), point.share("proficiency")
    if at is None or level is None:
        raise wrong(point.within("timestamp" if at is None else "proficiency"), "missing")
    return Point(at, level)
