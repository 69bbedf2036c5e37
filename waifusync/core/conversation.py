"""A conversation: the turns of all devices' sessions, and the branches they form.

    laptop   a1 a2 a3 ─────────── a4 a5      session 1 went on after the jetson had taken over:
                   └ jetson b1 b2            two branches, a1 … a5 and a1 a2 a3 b1 b2

Pure, and the same for any order of the sessions. Nothing is trusted: a session may name one that is not here,
or, in a circle, itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from waifusync.core.moments import moment
from waifusync.core.session import Held, Message, Place, Session
from waifusync.values import NamedTuple

Sessions = Mapping[str, Session]


class Turn(NamedTuple):
    """A message, and the session that holds it."""

    message: Message
    session: str

    @property
    def id(self) -> str:
        return str(self.message["id"])

    @property
    def origin(self) -> str:
        """The same for a turn and for what a merge made of it."""
        return str(self.message.get("of") or self.id)

    @property
    def moment(self) -> float | None:
        return moment(self.message.get("timestamp"))

    @property
    def place(self) -> Place:
        return Place(self.session, self.id)


class Branch(NamedTuple):
    """All that was said up to the end of a session; not `is_whole` where an earlier part is not here."""

    session: Session
    turns: Sequence[Turn]
    is_whole: bool
    time: float

    @property
    def messages(self) -> list[Message]:
        return [turn.message for turn in self.turns]

    @property
    def end(self) -> Place:
        """Where somebody who goes on takes it up."""
        return Place(self.session.id, self.session.last_turn)


def by_id(sessions: Iterable[Session]) -> dict[str, Session]:
    return {session.id: session for session in sorted(sessions, key=lambda each: each.id)}


def conversations(sessions: Sessions) -> dict[str, list[Session]]:
    """By the id of the conversation, what was last gone on with first."""
    found: dict[str, list[Session]] = {}
    for session in sorted(sessions.values(), key=lambda each: (each.time, each.id), reverse=True):
        found.setdefault(session.conversation, []).append(session)
    return found


def branch_of(sessions: Sessions, session: Session) -> Branch:
    """From the first turn that is here to the end of this session."""
    parts, is_whole, met = [[Turn(each, session.id) for each in session.messages]], True, {session.id}
    place = session.continues
    while place is not None:
        before = sessions.get(place.session)
        if before is None or before.id in met:
            is_whole = False
            break
        met.add(before.id)
        turns = _until(before, place.turn)
        if turns is not None:
            parts.append(turns)
        elif place.turn != before.last_turn:
            is_whole = False
            break
        place = before.continues
    turns = [turn for part in reversed(parts) for turn in part]
    # A clock that went back does not make older what was said after something newer.
    time = max([session.time, *(turn.moment or 0.0 for turn in turns)])
    return Branch(session, turns, is_whole, time)


def _until(session: Session, turn: str | None) -> list[Turn] | None:
    """The session's own turns up to that one; None where it is not among them."""
    turns = [Turn(each, session.id) for each in session.messages]
    if turn is None:
        return []
    place = next((place for place, each in enumerate(turns, start=1) if each.id == turn), None)
    return None if place is None else turns[:place]


def branches(sessions: Sessions, conversation: str) -> list[Branch]:
    """The ends of a conversation, the newest first; of several with one last turn, one."""
    inside = [each for each in sessions.values() if each.conversation == conversation]
    passed = {each.continues for each in inside}
    # By turn alone: whoever has that turn last, in whichever file, has nothing that the merge has not.
    merged = {place.turn for each in inside for place in each.merges}
    ends = [
        each
        for each in inside
        if each.last_turn not in merged and Place(each.id, each.last_turn) not in passed
    ]
    found = [branch_of(sessions, each) for each in ends or inside]
    found.sort(key=lambda each: (each.time, len(each.turns), each.session.id), reverse=True)
    newest: dict[str, Branch] = {}
    for each in found:
        newest.setdefault(each.session.last_turn or each.session.id, each)
    return list(newest.values())


def forked(found: Sequence[Branch]) -> list[Branch]:
    """Those that went apart: each has something that no other has all of."""
    said = [frozenset(turn.origin for turn in each.turns) for each in found]
    return [
        each
        for place, each in enumerate(found)
        if said[place] not in said[:place] and not any(said[place] < other for other in said)
    ]


def held_tokens(sessions: Sessions, branch: Branch) -> Held | None:
    """Tokens of exactly this branch, if its last turn's session holds them."""
    last = branch.turns[-1] if branch.turns else None
    session = sessions.get(last.session) if last else None
    try:
        held = session.held() if session else None
    except ValueError:  # damaged: they are only a cache
        return None
    return held if held is not None and last is not None and held.turn == last.id else None
