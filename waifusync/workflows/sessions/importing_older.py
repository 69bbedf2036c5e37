"""`session import`: a session of an older program becomes one of ours, with all that it said of itself."""

from __future__ import annotations

from pathlib import Path

from waifusync.core.session import Message, Session
from waifusync.core.tokens import pack
from waifusync.errors import UsageError
from waifusync.sessions.older_ctx import OlderSession, read_older
from waifusync.workflows.companion import now_text
from waifusync.workflows.sessions.beginning import Begun
from waifusync.workflows.sessions.shelf import Shelf, new_session, new_turn_id

_MOST_NAME = 100


def import_older(shelf: Shelf, file: Path) -> Begun:
    """Once: the same file again finds the session that was made of it, on whichever device that was."""
    try:
        older = read_older(file.read_bytes())
    except (ValueError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(
            f"{file.name} cannot be imported: {reason}", hint="a .ctx file is one JSON object"
        ) from None
    for session in shelf.sessions.values():
        origin = session.value.get("origin")
        if isinstance(origin, dict) and origin.get("sha256") == older.origin["sha256"]:
            return Begun(session, is_new=False)
    return Begun(_made(shelf, older), is_new=True)


def _made(shelf: Shelf, older: OlderSession) -> Session:
    when = older.origin.get("timestamp")
    messages = [_turn(each, when) for each in older.messages]
    tokens: dict[str, object] = {}
    if older.tokens:
        last = messages[-1]["id"] if messages else None
        # Nobody said which tokenizer they are of: they are kept, and go to no model.
        tokens = {"context_tokens": {**pack(older.tokens), "turn": last}}
    name = older.name if older.name.isprintable() and 0 < len(older.name) <= _MOST_NAME else None
    return new_session(
        shelf.companion,
        name,
        model={"name": older.model},
        messages=messages,
        origin=older.origin,
        **tokens,
    )


def _turn(message: Message, when: object) -> dict[str, object]:
    time = when if isinstance(when, str | int | float) else now_text()
    return {"timestamp": time, **message, "id": new_turn_id()}
