"""A piece of knowledge in words for a person, and in the documented JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from waifusync.cli.learning.skill_words import iso
from waifusync.core.learning.knowledge import Stance

if TYPE_CHECKING:
    from waifusync.core.learning.knowledge import Voice
    from waifusync.core.learning.knowledge_view import Piece
    from waifusync.workflows.learning.knowledge import Knowledge

_STANCES = {Stance.FOR: "says so", Stance.AGAINST: "says it is not so"}


def piece_json(known: Knowledge, piece: Piece) -> dict[str, object]:
    """The documented shape."""
    return {
        "statement_id": piece.statement,
        "content": piece.content,
        "status": piece.status.value,
        "confidence": piece.confidence,
        "sources": piece.sources,
        "refuted_by": piece.refuted_by,
        "voices": [_voice_json(each) for each in piece.voices],
        "cites": piece.cites,
        "same": _with_contents(known, piece.same),
        "similar": _with_contents(known, piece.similar),
        "contradicts": _with_contents(known, piece.contradicts),
    }


def _voice_json(voice: Voice) -> dict[str, object]:
    return {
        "source": voice.source,
        "stance": voice.stance.value,
        "confidence": voice.confidence,
        "as_of": iso(voice.as_of),
    }


def _with_contents(known: Knowledge, statements: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"statement_id": each, "content": known.contents[each]} for each in statements]


def _voice(voice: Voice) -> str:
    return f"{_STANCES[voice.stance]} ({voice.confidence:.2f}), {str(iso(voice.as_of))[:10]}"


def piece_lines(known: Knowledge, piece: Piece, name_of: Callable[[str], str]) -> Iterator[str]:
    """Below its content; `name_of` says what a source is called."""
    yield f"{piece.statement}, {piece.status.value}: confidence {piece.confidence:.2f}"
    yield from sorted(f"{name_of(each.source)} {_voice(each)}" for each in piece.voices)
    if piece.cites:
        yield f"from {', '.join(piece.cites)}"
    for word, statements in (
        ("also put as", piece.same),
        ("perhaps the same as", piece.similar),
        ("contradicted by", piece.contradicts),
    ):
        yield from (f"{word} {each[:8]}: {known.contents[each]}" for each in statements)
