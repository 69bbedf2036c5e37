"""`waifusync knowledge …`: what is known, who says so, and whether it counts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode

if TYPE_CHECKING:
    from waifusync.core.learning.knowledge import Stance
    from waifusync.workflows.learning.knowledge import Knowledge

EXAMPLES = (
    'waifusync knowledge add "Mika likes green tea" --confidence 0.6',
    "waifusync knowledge list --status pending",
    "waifusync knowledge verify 9f2c",
    "waifusync knowledge refute 9f2c --confidence 0.8 --source doctor",
    "waifusync knowledge relate 9f2c 41aa same",
)
_WIDTH = 80

IdArgument = Annotated[str, Argument("ID", help="The statement: its id, the beginning of one, or its text.")]
ConfidenceOption = Annotated[
    float | None, Option("--confidence", metavar="SHARE", help="How sure, from 0 to 1.")
]
SourceOption = Annotated[
    str, Option("--source", metavar="NAME", help="Who says so, such as a device; this one if left out.")
]


def add(
    text: Annotated[tuple[str, ...], Argument("TEXT...", help="What is so.")],
    *,
    confidence: ConfidenceOption = None,
    cite: Annotated[
        tuple[str, ...], Option("--cite", metavar="TEXT", help="Where it is from; may be repeated.")
    ] = (),
    contradicts: Annotated[
        tuple[str, ...],
        Option("--contradicts", metavar="ID", help="What it speaks against; repeatable."),
    ] = (),
    source: SourceOption = "",
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """State something. It is pending until it is verified, as waifusync.toml says."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.knowledge import add_knowledge, all_knowledge

    companion = Companion.find(directory)
    known = all_knowledge(companion) if contradicts else None
    data: dict[str, object] = {
        "content": " ".join(text),
        "confidence": confidence,
        "sources": list(cite) or None,
        "contradicts": [known.called(each) for each in contradicts] if known else None,
    }
    taken = add_knowledge(companion, data, source=source)
    if json:
        output.answer_json({"statement_id": taken.subject, "came": taken.came.value})
    else:
        output.answer(taken.subject)
        _say_where_it_stands(all_knowledge(companion), taken.subject)
    return ExitCode.DONE


def _say_where_it_stands(known: Knowledge, statement: str) -> None:
    piece = known.piece(statement)
    output.say(f"{piece.status.value.capitalize()}, with a confidence of {piece.confidence:.2f}.")
    if piece.contradicts:
        count = output.count(len(piece.contradicts), "statement says", "statements say")
        output.say(f"{count} otherwise: waifusync knowledge show {statement[:8]}")


def list_knowledge(
    *,
    status: Annotated[
        Literal["verified", "pending", "refuted"] | None, Option("--status", help="Only these.")
    ] = None,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """All that is known, the surest first."""
    from waifusync.cli.learning.knowledge_words import piece_json
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.knowledge import all_knowledge

    known = all_knowledge(Companion.find(directory))
    chosen = [each for each in known.pieces if status in (None, each.status.value)]
    chosen.sort(key=lambda each: (-each.confidence, each.statement))
    if json:
        for each in chosen:
            output.answer_json(piece_json(known, each))
    elif chosen:
        rows = [
            (
                each.statement[:8],
                each.status.value,
                f"{each.confidence:.2f}",
                f"{len(each.sources)}:{len(each.refuted_by)}",
                output.plain(each.content, width=_WIDTH),
                "contradicted" if each.contradicts else "",
            )
            for each in chosen
        ]
        output.answer_table(("id", "", "confidence", "for:against", "what", ""), rows)
    else:
        output.answer(
            "Nothing of this kind is known." if status else "Nothing yet: waifusync knowledge add TEXT"
        )
    return ExitCode.DONE


def show(statement: IdArgument, *, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """One piece of knowledge: who is for and against it, and what says the same or otherwise."""
    from waifusync.cli.learning.knowledge_words import piece_json, piece_lines
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.knowledge import all_knowledge
    from waifusync.workflows.learning.sources import Sources

    companion = Companion.find(directory)
    known = all_knowledge(companion)
    piece = known.piece(known.called(statement))
    if json:
        output.answer_json(piece_json(known, piece))
        return ExitCode.DONE
    output.answer(output.harmless(piece.content))
    for line in piece_lines(known, piece, Sources(companion).name):
        output.answer(f"  {output.plain(line)}")
    return ExitCode.DONE


def verify(
    statement: IdArgument,
    *,
    confidence: ConfidenceOption = None,
    source: SourceOption = "",
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Say that it is so: one voice of this device, or of the source named, however often it is said."""
    from waifusync.core.learning.knowledge import Stance

    return _judge(statement, Stance.FOR, (confidence, source, directory), json=json)


def refute(
    statement: IdArgument,
    *,
    confidence: ConfidenceOption = None,
    source: SourceOption = "",
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Say that it is not so. What others said stays, and is shown beside it."""
    from waifusync.core.learning.knowledge import Stance

    return _judge(statement, Stance.AGAINST, (confidence, source, directory), json=json)


def withdraw(
    statement: IdArgument,
    *,
    source: SourceOption = "",
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Take back what this device, or the source named, said of it."""
    from waifusync.core.learning.knowledge import Stance

    return _judge(statement, Stance.WITHDRAWN, (None, source, directory), json=json)


def _judge(statement: str, stance: Stance, options: tuple[float | None, str, Path], *, json: bool) -> int:
    from waifusync.cli.learning.knowledge_words import piece_json
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.knowledge import all_knowledge, judge

    confidence, source, directory = options
    companion = Companion.find(directory)
    piece = judge(companion, statement, stance, confidence=confidence, source=source)
    if json:
        output.answer_json(piece_json(all_knowledge(companion), piece) if piece else {"status": None})
    elif piece is None:
        output.answer("Nobody says so any more.")
    else:
        voices = f"{len(piece.sources)} for it, {len(piece.refuted_by)} against"
        output.answer(f"{piece.status.value.capitalize()}: confidence {piece.confidence:.2f}, {voices}.")
    return ExitCode.DONE


def relate(
    statement: IdArgument,
    other: Annotated[str, Argument("OTHER", help="Another statement, likewise.")],
    relation: Annotated[
        Literal["same", "different", "contradicts", "none"],
        Argument("RELATION", help="same, different, contradicts, or none: whatever they look like."),
    ],
    *,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Say what two statements are to each other, where it looks otherwise."""
    from waifusync.cli.learning.knowledge_words import piece_json
    from waifusync.core.learning.knowledge import Relation
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.knowledge import all_knowledge
    from waifusync.workflows.learning.knowledge import relate as say

    companion = Companion.find(directory)
    piece = say(companion, statement, other, Relation(relation))
    if json:
        output.answer_json(piece_json(all_knowledge(companion), piece))
    else:
        output.answer("Noted; the other devices know with the next push.")
    return ExitCode.DONE
