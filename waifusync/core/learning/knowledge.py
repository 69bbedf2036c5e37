"""What each source says of a statement: for or against, how sure it is. The records knowledge is made of.

A statement is known by its content alone, so two devices that learn the same sentence have one statement. A
voice is what one device heard of one source about one statement; what is shown (`knowledge_view.py`) is made
of all voices when it is read: nothing combined is stored or merged.
"""

from __future__ import annotations

import enum
import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping

from waifusync.core.learning.collections import key_of
from waifusync.core.learning.said import Said, are_texts, is_share, join_said, read_said
from waifusync.core.values import Travel
from waifusync.values import dataclass, field, replace

# How the keys of the two kinds of records begin.
VOICE, LINK = "knowledge", "knowledge-link"
LONGEST_CONTENT = 20_000
STATED, CHECKED = 0.5, 0.9  # how sure a source is that does not say: one that states, one that verified
_ID_DIGITS = 16


class Stance(str, enum.Enum):
    """Where a source stands."""

    FOR = "for"
    AGAINST = "against"
    WITHDRAWN = "withdrawn"


class Relation(str, enum.Enum):
    """What two statements are to each other, as somebody says; NONE leaves it to what they look like."""

    SAME = "same"
    DIFFERENT = "different"
    CONTRADICTS = "contradicts"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Voice:
    """What one source says of one statement. `content` is "" where it was told of by its id."""

    statement: str
    source: str
    content: str = ""
    said: Mapping[str, Said] = field(default_factory=dict)

    def joined(self, other: Voice) -> Voice:
        """Both words of one source as one; order, grouping and repetition make no difference."""
        said = join_said(self.said, other.said)
        return replace(self, content=max(self.content, other.content), said=said)

    @property
    def stance(self) -> Stance:
        """WITHDRAWN where it never said where it stands."""
        return Stance(self.said["stance"].value) if "stance" in self.said else Stance.WITHDRAWN

    @property
    def confidence(self) -> float:
        """How sure it is of its stance."""
        return float(self.said["confidence"].value) if "confidence" in self.said else STATED

    @property
    def as_of(self) -> int:
        """When it said anything last."""
        return max((each.as_of for each in self.said.values()), default=0)

    def to_fields(self) -> dict[str, Travel]:
        """As a record: one field for each value."""
        told: dict[str, Travel] = {name: each.to_travel() for name, each in self.said.items()}
        content: dict[str, Travel] = {"content": self.content} if self.content else {}
        return {"statement": self.statement, "source": self.source, **content, **told}

    def key(self, device: str) -> str:
        """The key of the record in which this device keeps it."""
        return key_of(VOICE, self.statement, self.source, device)


@dataclass(frozen=True, slots=True)
class Link:
    """What somebody says of two statements, the smaller id first. Any device may say otherwise later."""

    one: str
    other: str
    relation: Relation

    @classmethod
    def of(cls, ours: str, theirs: str, relation: Relation) -> Link:
        """Of two statements in any order."""
        return cls(min(ours, theirs), max(ours, theirs), relation)

    def to_fields(self) -> dict[str, Travel]:
        """As a record."""
        return {"one": self.one, "other": self.other, "relation": self.relation.value}

    @property
    def key(self) -> str:
        """The same for both orders, and on every device."""
        return key_of(LINK, self.one, self.other)


def plain_content(content: str) -> str:
    """The content as it is kept: one white space between words, and one encoding of each letter."""
    return " ".join(unicodedata.normalize("NFC", content).split())


def statement_id(content: str) -> str:
    """Of a plain content; nothing else makes a difference, and capitals do: Polish is not polish."""
    return hashlib.sha256(content.encode()).hexdigest()[:_ID_DIGITS]


def read_voices(records: Iterable[tuple[str, Mapping[str, Travel]]]) -> Iterator[tuple[str, Voice]]:
    """What devices wrote, by key, as far as it can be understood."""
    for key, fields in records:
        statement, source = fields.get("statement"), fields.get("source")
        if key.startswith(f"{VOICE}:") and isinstance(statement, str) and isinstance(source, str):
            yield key, _read_voice(statement, source, fields)


def _read_voice(statement: str, source: str, fields: Mapping[str, Travel]) -> Voice:
    content = fields.get("content")
    is_own = isinstance(content, str) and _is_unicode(content) and statement_id(content) == statement
    found = ((name, read_said(fields.get(name)), fits) for name, fits in _VALUES.items())
    said = {name: each for name, each, fits in found if each is not None and fits(each.value)}
    return Voice(statement, source, str(content) if is_own else "", said)


def read_links(records: Iterable[tuple[str, Mapping[str, Travel]]]) -> Iterator[Link]:
    """Those that say anything."""
    for key, fields in records:
        one, other, relation = (fields.get(name) for name in ("one", "other", "relation"))
        is_pair = isinstance(one, str) and isinstance(other, str) and one < other
        if key.startswith(f"{LINK}:") and is_pair and _is_relation(relation) and relation != Relation.NONE:
            yield Link(str(one), str(other), Relation(relation))


def voices_by_statement(voices: Iterable[Voice]) -> dict[str, dict[str, Voice]]:
    """By statement and source. Any order, grouping or repetition gives the same."""
    found: dict[str, dict[str, Voice]] = {}
    for each in voices:
        of_statement = found.setdefault(each.statement, {})
        known = of_statement.get(each.source)
        of_statement[each.source] = known.joined(each) if known else each
    return found


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _is_stance(value: object) -> bool:
    return isinstance(value, str) and value in {each.value for each in Stance}


def _is_relation(value: object) -> bool:
    return isinstance(value, str) and value in {each.value for each in Relation}


# What a source may say of a statement. These are names of fields: they never become more by what is said.
_VALUES: Mapping[str, Callable[[object], bool]] = {
    "stance": _is_stance,
    "confidence": is_share,
    "cites": are_texts,
}
