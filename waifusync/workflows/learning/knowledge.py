"""Knowledge: taking in what instances say, verifying and refuting here, and what all of it comes to."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from waifusync.core.events import MERGE_KNOWLEDGE
from waifusync.core.learning.alike import relations
from waifusync.core.learning.collections import KNOWLEDGE, key_of
from waifusync.core.learning.given import share_at
from waifusync.core.learning.knowledge import (
    CHECKED,
    VOICE,
    Link,
    Relation,
    Stance,
    Voice,
    plain_content,
    read_links,
    read_voices,
    statement_id,
    voices_by_statement,
)
from waifusync.core.learning.knowledge_intake import read_knowledge
from waifusync.core.learning.knowledge_view import Piece, Status, judged, pieces
from waifusync.core.learning.said import Said
from waifusync.core.learning.taken import Came, Taken
from waifusync.errors import UsageError
from waifusync.memory.connection import snapshot
from waifusync.memory.learned import Learning, read_about, read_collection
from waifusync.patterns import pattern
from waifusync.values import dataclass
from waifusync.workflows.companion import Companion, wall_clock
from waifusync.workflows.learning.announcing import announced
from waifusync.workflows.learning.sources import speaker
from waifusync.workflows.working import at_work

_BEGINNING = pattern("[0-9a-f]{4,16}")


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All pieces, and the contents of all statements by id."""

    pieces: Sequence[Piece]
    contents: Mapping[str, str]

    def called(self, word: str) -> str:
        """The statement with this id, the beginning of one, or this content. Raises UsageError."""
        own = statement_id(plain_content(word))
        if own in self.contents:
            return own
        is_id = _BEGINNING.fullmatch(word) is not None
        found = [each for each in self.contents if is_id and each.startswith(word)]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"{len(found)} statements begin with {word}", hint="write more of the id")
        told = f"no statement begins with {word}" if is_id else "no statement has this content"
        raise UsageError(told, hint="run: waifusync knowledge list")

    def piece(self, statement: str) -> Piece:
        """The piece that a statement belongs to."""
        return next(each for each in self.pieces if statement in (each.statement, *each.same))


def all_knowledge(companion: Companion) -> Knowledge:
    """What is known here now."""
    with at_work(companion, "knowledge") as work, snapshot(work.memory.connection):
        return read_all(work.memory.connection, companion)


def read_all(connection: sqlite3.Connection, companion: Companion) -> Knowledge:
    """The same within a transaction."""
    records = list(read_collection(connection, KNOWLEDGE))
    voices = voices_by_statement(voice for _, voice in read_voices(records))
    threshold = companion.config.learning.knowledge_verification_threshold
    found = pieces(voices, read_links(records), relations, threshold=threshold)
    shown = {each for piece in found for each in (piece.statement, *piece.same)}
    contents = {each: max(voice.content for voice in voices[each].values()) for each in sorted(shown)}
    return Knowledge(found, contents)


def take_in_knowledge(
    learning: Learning, data: object, *, source: str, as_of: int, path: str = "data", threshold: float = 0.8
) -> Taken:
    """What a source says of a statement. Raises UsageError with the path of what is wrong, and tells nothing.

    VERIFIED where the statement's own voices reach the threshold by it. Told before, it changes nothing.
    """
    voice, links = read_knowledge(data, path, source=source, as_of=as_of)
    taken = tell(learning, voice, threshold=threshold)
    linked = [_tell_link(learning, each) for each in links if not learning.has(each.key)]
    return taken._replace(came=Came.UPDATED) if any(linked) and taken.came is Came.NOTHING else taken


def tell(learning: Learning, told: Voice, *, threshold: float) -> Taken:
    """Writes it beside what is known, unless some device wrote as much or more of the same source."""
    records = read_about(learning.connection, KNOWLEDGE, key_of(VOICE, told.statement))
    known = dict(read_voices(records.items()))
    before = voices_by_statement(known.values()).get(told.statement, {})
    after = voices_by_statement([*known.values(), told])[told.statement]
    if before == after:
        return Taken(Came.NOTHING, told.statement)
    key = told.key(learning.device)
    learning.put(KNOWLEDGE, key, (known[key].joined(told) if key in known else told).to_fields())
    taken = Taken(_came(before, after, threshold), told.statement)
    return announced(learning, MERGE_KNOWLEDGE, taken)


def _came(before: Mapping[str, Voice], after: Mapping[str, Voice], threshold: float) -> Came:
    was, now = _speak(before), _speak(after)
    if not was:
        return Came.ADDED if now else Came.NOTHING
    if not now:
        return Came.REMOVED
    is_new = judged(after.values(), threshold)[0] is Status.VERIFIED
    return (
        Came.VERIFIED
        if is_new and judged(before.values(), threshold)[0] is not Status.VERIFIED
        else Came.UPDATED
    )


def _speak(voices: Mapping[str, Voice]) -> bool:
    return any(each.stance is not Stance.WITHDRAWN for each in voices.values())


def _tell_link(learning: Learning, link: Link) -> bool:
    return learning.put(KNOWLEDGE, link.key, link.to_fields())


def add_knowledge(companion: Companion, data: Mapping[str, object], *, source: str = "") -> Taken:
    """What a person, or a source that they name, says. Raises UsageError."""
    threshold = companion.config.learning.knowledge_verification_threshold
    who = speaker(companion, source)
    with at_work(companion, "knowledge") as work, work.lesson() as learning:
        voice, _ = read_knowledge(data, "", source=who, as_of=0)
        as_of = _next_moment(learning, voice.statement, who)
        return take_in_knowledge(learning, data, source=who, as_of=as_of, path="", threshold=threshold)


def judge(
    companion: Companion, word: str, stance: Stance, *, confidence: float | None = None, source: str = ""
) -> Piece | None:
    """A source verifies, refutes or withdraws; the piece as it is then, None where nobody speaks of it."""
    sure = CHECKED if confidence is None else share_at("confidence", confidence)
    threshold = companion.config.learning.knowledge_verification_threshold
    who = speaker(companion, source)
    with at_work(companion, "knowledge") as work, work.lesson() as learning:
        known = read_all(learning.connection, companion)
        statement = known.called(word)
        is_taken_back = stance is Stance.WITHDRAWN
        about = _spoken_of(learning, known.piece(statement), who) if is_taken_back else [statement]
        for each in about:
            as_of = _next_moment(learning, each, who)
            said = {"stance": Said(as_of, stance.value), "confidence": Said(as_of, sure)}
            tell(learning, Voice(each, who, "", said), threshold=threshold)
        known = read_all(learning.connection, companion)
        return known.piece(statement) if statement in known.contents else None


def _spoken_of(learning: Learning, piece: Piece, source: str) -> list[str]:
    """In whatever words a source said it, all of them are withdrawn."""
    about = [each for each in (piece.statement, *piece.same) if _heard(learning, each, source)]
    if not about:
        raise UsageError("this source said nothing of it", hint="run: waifusync knowledge show ID")
    return about


def relate(companion: Companion, ours: str, theirs: str, relation: Relation) -> Piece:
    """Says what two statements are to each other; NONE leaves it to their looks. Raises UsageError."""
    with at_work(companion, "knowledge") as work, work.lesson() as learning:
        known = read_all(learning.connection, companion)
        one, other = known.called(ours), known.called(theirs)
        if one == other:
            raise UsageError("both are the same statement", hint="name two")
        is_new = _tell_link(learning, Link.of(one, other, relation))
        announced(learning, MERGE_KNOWLEDGE, Taken(Came.UPDATED if is_new else Came.NOTHING, one))
        return read_all(learning.connection, companion).piece(one)


def _next_moment(learning: Learning, statement: str, source: str, *, must_have_spoken: bool = False) -> int:
    """Now, but after all that the source said of it: a clock may go back."""
    return max([wall_clock(), *(each.as_of + 1 for each in _heard(learning, statement, source))])


def _heard(learning: Learning, statement: str, source: str) -> list[Voice]:
    records = read_about(learning.connection, KNOWLEDGE, key_of(VOICE, statement))
    return [each for _, each in read_voices(records.items()) if each.source == source]
