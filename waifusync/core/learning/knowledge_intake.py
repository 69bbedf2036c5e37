"""Knowledge as an instance hands it in, read strictly: one wrong value, and nothing of it is taken."""

from __future__ import annotations

from waifusync.core.learning.given import Given, text_at, wrong
from waifusync.core.learning.knowledge import (
    CHECKED,
    LONGEST_CONTENT,
    Link,
    Relation,
    Stance,
    Voice,
    plain_content,
    statement_id,
)
from waifusync.core.learning.said import Said
from waifusync.patterns import pattern

_ID = pattern("[0-9a-f]{16}")
# Made of what all sources say, or known by an instance alone: nothing new is said by these.
_DERIVED = ("knowledge_id", "statement_id", "status", "verifications", "same", "similar")
_KNOWN = ("content", "confidence", "verified", "refuted", "withdrawn", "sources", "contradicts", *_DERIVED)
_STANCES = {"verified": Stance.FOR, "refuted": Stance.AGAINST, "withdrawn": Stance.WITHDRAWN}


def read_knowledge(data: object, path: str, *, source: str, as_of: int) -> tuple[Voice, list[Link]]:
    """The voice, and what it says that the statement contradicts. Raises UsageError with the path."""
    given = Given(data, path, known=_KNOWN)
    content = given.text("content", longest=LONGEST_CONTENT)
    if content is None:
        raise wrong(given.within("content"), "missing")
    content = plain_content(content)
    voice = Voice(statement_id(content), source, content, _said(given, as_of))
    return voice, _links(given, voice.statement)


def _said(given: Given, as_of: int) -> dict[str, Said]:
    confidence, cites = given.share("confidence"), given.texts("sources")
    flags = [name for name in _STANCES if given.flag(name)]
    if len(flags) > 1:
        raise wrong(given.within(flags[1]), f"said together with {flags[0]}")
    if confidence is None and flags in (["verified"], ["refuted"]):
        confidence = CHECKED
    values = {
        "stance": (_STANCES[flags[0]] if flags else Stance.FOR).value,
        "confidence": confidence,
        "cites": None if cites is None else list(cites),
    }
    return {name: Said(as_of, value) for name, value in values.items() if value is not None}


def _links(given: Given, statement: str) -> list[Link]:
    others = given.items("contradicts", _statement_at) or []
    if statement in others:
        raise wrong(f"{given.within('contradicts')}[{others.index(statement)}]", "the statement itself")
    return [Link.of(statement, each, Relation.CONTRADICTS) for each in dict.fromkeys(others)]


def _statement_at(path: str, value: object) -> str:
    """A statement by its id, or by its content."""
    text = text_at(path, value, longest=LONGEST_CONTENT)
    return text if _ID.fullmatch(text) else statement_id(plain_content(text))
