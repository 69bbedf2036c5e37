"""What each source says of a skill, value by value, and what was taken away: the records a skill is made of.

A record is what one device heard of one source about one skill; nobody else writes it. The skill that is
shown is made of all of them when it is read (`skill_view.py`): nothing aggregated is stored or merged.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping

from waifusync.core.learning.collections import key_of
from waifusync.core.learning.contributions import canonical
from waifusync.core.learning.said import (
    Said,
    are_texts,
    is_count,
    is_share,
    is_text,
    is_time,
    join_said,
    read_json,
    read_said,
)
from waifusync.core.values import Travel
from waifusync.values import NamedTuple, dataclass, field, replace

MOST_POINTS = 256
# How the keys of the two kinds of records begin.
WORD, GONE = "skill", "skill-gone"


class Point(NamedTuple):
    """A place on a learning curve."""

    at: int
    proficiency: float


@dataclass(frozen=True, slots=True)
class SkillWord:
    """What one source says of one skill. A curve is a set of points, of which the latest 256 are kept."""

    skill: str
    source: str
    said: Mapping[str, Said] = field(default_factory=dict)
    curve: tuple[Point, ...] = ()

    def joined(self, other: SkillWord) -> SkillWord:
        """Both words of one source as one; order, grouping and repetition make no difference."""
        curve = _latest((*self.curve, *other.curve))
        return replace(self, said=join_said(self.said, other.said), curve=curve)

    def after(self, moment: int) -> SkillWord:
        """Without what was said up to this moment."""
        return replace(
            self,
            said={name: value for name, value in self.said.items() if value.as_of > moment},
            curve=tuple(point for point in self.curve if point.at > moment),
        )

    @property
    def as_of(self) -> int | None:
        """When it said anything last; None where nothing is left of it."""
        return max((each.as_of for each in self.said.values()), default=None)

    def to_fields(self) -> dict[str, Travel]:
        """As a record: one field for each value."""
        fields: dict[str, Travel] = {name: value.to_travel() for name, value in self.said.items()}
        if self.curve:
            fields["curve"] = canonical([list(point) for point in self.curve])
        return {"skill": self.skill, "source": self.source, **fields}

    def key(self, device: str) -> str:
        """The key of the record in which this device keeps it."""
        return key_of(WORD, self.skill, self.source, device)


@dataclass(frozen=True, slots=True)
class SkillGone:
    """What was said of a skill up to a moment is gone: by one source, or by all ("").

    A clock that is ahead gave later words that were seen nonetheless: `seen` has the last of each source.
    """

    skill: str
    source: str
    up_to: int
    seen: Mapping[str, int] = field(default_factory=dict)

    def joined(self, other: SkillGone) -> SkillGone:
        """Both as one; order, grouping and repetition make no difference."""
        sources = {**self.seen, **other.seen}
        seen = {each: max(self.seen.get(each, -1), other.seen.get(each, -1)) for each in sources}
        return replace(self, up_to=max(self.up_to, other.up_to), seen=seen)

    def cut(self, source: str) -> int | None:
        """Up to when the words of this source are gone; None where it is not about them."""
        return max(self.up_to, self.seen.get(source, self.up_to)) if self.source in ("", source) else None

    def to_fields(self) -> dict[str, Travel]:
        """As a record."""
        return {
            "skill": self.skill,
            "source": self.source,
            "up_to": self.up_to,
            "seen": canonical(dict(self.seen)),
        }

    def key(self, device: str) -> str:
        """The key of the record with which this device says so."""
        return key_of(GONE, self.skill, self.source, device)


def skill_id(name: str) -> str:
    """What a skill is known by when its source gave no id: capitals and white space make no difference."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def read_records(
    records: Iterable[tuple[str, Mapping[str, Travel]]],
) -> Iterator[tuple[str, SkillWord | SkillGone]]:
    """What devices wrote, by key, as far as it can be understood."""
    for key, fields in records:
        skill, source = fields.get("skill"), fields.get("source")
        if isinstance(skill, str) and isinstance(source, str) and skill:
            yield key, read_record(key, fields)


def read_record(key: str, fields: Mapping[str, Travel]) -> SkillWord | SkillGone:
    """One record, whose `skill` and `source` are texts; what else is malformed counts as not said."""
    return _read_gone(fields) if key.startswith(f"{GONE}:") else _read_word(fields)


def _read_word(fields: Mapping[str, Travel]) -> SkillWord:
    found = ((name, read_said(fields.get(name)), fits) for name, fits in VALUES.items())
    said = {name: value for name, value, fits in found if value is not None and fits(value.value)}
    return SkillWord(str(fields["skill"]), str(fields["source"]), said, _read_curve(fields.get("curve")))


def _read_gone(fields: Mapping[str, Travel]) -> SkillGone:
    up_to, seen = fields.get("up_to"), read_json(fields.get("seen"))
    moments = seen if isinstance(seen, dict) else {}
    return SkillGone(
        str(fields["skill"]),
        str(fields["source"]),
        up_to if isinstance(up_to, int) and is_time(up_to) else -1,
        {source: moment for source, moment in moments.items() if is_time(moment)},
    )


def living(records: Iterable[SkillWord | SkillGone]) -> dict[str, dict[str, SkillWord]]:
    """By skill and source, what is left of all words. Any order, grouping or repetition gives the same."""
    words: dict[str, dict[str, SkillWord]] = {}
    gone: dict[str, list[SkillGone]] = {}
    for each in records:
        if isinstance(each, SkillGone):
            gone.setdefault(each.skill, []).append(each)
        else:
            of_skill = words.setdefault(each.skill, {})
            known = of_skill.get(each.source)
            of_skill[each.source] = known.joined(each) if known else each
    left = {skill: _left(of_skill, gone.get(skill, ())) for skill, of_skill in words.items()}
    return {skill: of_skill for skill, of_skill in left.items() if of_skill}


def _left(words: Mapping[str, SkillWord], gone: Iterable[SkillGone]) -> dict[str, SkillWord]:
    gone = tuple(gone)
    cut = {source: [at for each in gone if (at := each.cut(source)) is not None] for source in words}
    left = {source: word.after(max(cut[source])) if cut[source] else word for source, word in words.items()}
    return {source: word for source, word in sorted(left.items()) if word.as_of is not None}


def _latest(points: Iterable[Point]) -> tuple[Point, ...]:
    return tuple(sorted(set(points))[-MOST_POINTS:])


def _read_curve(travel: Travel) -> tuple[Point, ...]:
    found = read_json(travel)
    pairs = found if isinstance(found, list) else []
    return _latest(
        Point(pair[0], float(pair[1]))
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 2 and is_time(pair[0]) and is_share(pair[1])
    )


# What a source may say of a skill. These are names of fields: they never become more by what is said.
VALUES: Mapping[str, Callable[[object], bool]] = {
    "name": is_text,
    "category": is_text,
    "proficiency": is_share,
    "acquired": is_time,
    "invocations": is_count,
    "success_rate": is_share,
    "contexts": are_texts,
    "last_used": is_time,
    "prerequisites": are_texts,
    "enables": are_texts,
}
