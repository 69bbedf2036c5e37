"""A piece of knowledge in words for a person, and in the documented JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


def piece_lines(known: Knowledge, piece: Piece, names: Mapping[str, str]) -> Iterator[str]:
    """Below its content; `names` says what the devices among its sources are called."""
    yield f"{piece.statement}, {piece.status.value}: confidence {piece.confidence:.2f}"
    for voice in piece.voices:
        who, when = names.get(voice.source, voice.source), str(iso(voice.as_of))[:10]
        yield f"{who} {_STANCES[voice.stance]} ({voice.confidence:.2f}), {when}"
    if piece.cites:
        yield f"from {', '.join(piece.cites)}"
    for word, statements in (
        ("also put as", piece.same),
        ("perhaps the same as", piece.similar),
        ("contradicted by", piece.contradicts),
    ):
        yield from (f"{word} {each[:8]}: {known.contents[each]}" for each in statements)
