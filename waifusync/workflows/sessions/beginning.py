"""Sessions that begin: afresh, from a turn of another, from a checkpoint, or out of several branches."""

from __future__ import annotations

from collections.abc import Mapping

from waifusync.core.conversation import Branch, forked
from waifusync.core.merging_branches import merge_branches
from waifusync.core.session import Place, Session
from waifusync.errors import UsageError
from waifusync.values import NamedTuple
from waifusync.workflows.companion import Companion, now_text
from waifusync.workflows.sessions.shelf import Shelf, change_session, new_session

_MOST_NAME = 100


class Begun(NamedTuple):
    """A session of this device; not `is_new` where one that is there will do."""

    session: Session
    is_new: bool


def start(companion: Companion, *, conversation: str | None = None, model: str = "") -> Session:
    """A conversation's first session. Raises UsageError for an id that nobody could type."""
    if conversation is not None:
        _check_name(conversation, "conversation")
    return new_session(companion, conversation, model={"name": model} if model else {})


def go_on(shelf: Shelf, branch: Branch) -> Begun:
    """Where this device says what comes next: in its own session if that is the end, else in a new one."""
    session = branch.session
    if shelf.is_own(session):
        return Begun(session, is_new=False)
    return Begun(_after(shelf.companion, branch.end, session), is_new=True)


def fork(shelf: Shelf, name: str, *, turn: str | None = None) -> Session:
    """A new session that goes on from a turn, the last one unless named; the other stays as it is."""
    session = shelf.session(name)
    turns = [str(each["id"]) for each in session.messages]
    if turn is not None and turn not in turns:
        raise UsageError(
            f"{session.id} has no turn {turn!r}", hint=f"to see them: waifusync session show {session.id}"
        )
    return _after(shelf.companion, Place(session.id, turn or session.last_turn), session)


def checkpoint(shelf: Shelf, session_name: str, name: str) -> Session:
    """Names where a session of this device is now; a name used before is moved."""
    _check_name(name, "checkpoint")

    def named(session: Session) -> Session:
        place = {"turn": session.last_turn, "at": now_text()}
        return session.having(checkpoints={**session.checkpoints, name: place})

    return change_session(shelf.companion, shelf.session(session_name).id, named)


def restore(shelf: Shelf, session_name: str, name: str) -> Session:
    """A new session that goes on from a checkpoint; what was said since stays, as a branch."""
    session = shelf.session(session_name)
    if name not in session.checkpoints:
        known = ", ".join(sorted(session.checkpoints)) or "none"
        raise UsageError(f"{session.id} has no checkpoint {name!r}", hint=f"it has: {known}")
    turn = session.checkpoints[name].get("turn")
    if turn is None or turn in [str(each["id"]) for each in session.messages]:
        return _after(shelf.companion, Place(session.id, None if turn is None else str(turn)), session)
    # It was set before anything was said here: the turn is one of the session before.
    return new_session(
        shelf.companion, session.conversation, continues=session.value["continues"], model=session.model
    )


def merge(shelf: Shelf, name: str | None) -> tuple[Session | None, list[Branch]]:
    """The branches of a conversation as one new session; None where they did not go apart."""
    conversation = shelf.conversation(name)
    apart = forked(shelf.branches(conversation))
    if len(apart) < 2:
        return None, apart
    made = merge_branches(apart)
    session = new_session(
        shelf.companion,
        conversation,
        continues=made.continues.to_json() if made.continues else None,
        merges=[each.to_json() for each in made.merges],
        messages=made.messages,
        model=_without_tokens(apart[0].session.model),
    )
    return session, apart


def _after(companion: Companion, place: Place, session: Session) -> Session:
    model = dict(session.model)
    return new_session(companion, session.conversation, continues=place.to_json(), model=model)


def _without_tokens(model: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in model.items() if name in ("name", "num_ctx")}


def _check_name(name: str, what: str) -> None:
    if not name.strip() or len(name) > _MOST_NAME or not name.isprintable():
        raise UsageError(
            f"{name!r} cannot be the name of a {what}", hint=f"write up to {_MOST_NAME} letters on one line"
        )
