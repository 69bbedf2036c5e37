"""Turns that a program brings, put into a session of this device: each once, however often it is brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from waifusync.core.session import MOST_BYTES, Message, Session, check_message
from waifusync.core.strict_json import canonical, load_object
from waifusync.core.tokens import pack
from waifusync.errors import UsageError
from waifusync.workflows.companion import now_text
from waifusync.workflows.sessions.shelf import Shelf, change_session, new_turn_id

_OURS = ("id", "timestamp", "model", "of")


def parse_save(content: bytes) -> dict[str, object]:
    """`{"messages": […], "context_tokens"?: […], "model"?: {…}}`, or a list of messages alone."""
    text = content.strip()
    try:
        wrapped = b'{"messages":' + text + b"}" if text.startswith(b"[") else text
        value, _ = load_object(wrapped, most_bytes=MOST_BYTES)
        messages = value.get("messages")
        if not isinstance(messages, list):
            raise ValueError("it has no list of messages")
        for each in messages:
            check_message(each)
        tokens = value.get("context_tokens")
        if tokens is not None and not isinstance(tokens, list):
            raise ValueError("its context_tokens are no list")
        pack(tokens or [0])
    except ValueError as error:
        raise UsageError(
            f"what is to be saved cannot be read: {error}",
            hint='write {"messages": [{"role": "user", "content": "…"}]}',
        ) from None
    return value


def save(shelf: Shelf, name: str, given: Mapping[str, object]) -> tuple[Session, int]:
    """The session afterwards, and how many turns are new.

    The messages are the whole session, of which the beginning is there already, or what is new of it.
    """
    messages: Sequence[Message] = given["messages"]  # type: ignore[assignment]  # looked at by parse_save
    added = 0

    def grown(session: Session) -> Session:
        nonlocal added
        fresh = [_turn(each) for each in _new_ones(session.messages, messages)]
        added = len(fresh)
        session = session.having(messages=[*session.messages, *fresh]) if fresh else session
        model = given.get("model")
        if isinstance(model, dict):
            session = session.having(model={**session.model, **model})
        return _with_tokens(session, given.get("context_tokens"))

    return change_session(shelf.companion, shelf.session(name).id, grown), added


def _new_ones(there: Sequence[Message], given: Sequence[Message]) -> Sequence[Message]:
    known = {each["id"] for each in there}
    unknown = [each for each in given if not isinstance(name := each.get("id"), str) or name not in known]
    texts = [[canonical(_bare(each)) for each in messages] for messages in (there, unknown)]
    count = len(texts[0])
    return unknown[count:] if count and texts[1][:count] == texts[0] else unknown


def _bare(message: Message) -> dict[str, object]:
    """What was said, without what saving adds."""
    return {name: value for name, value in message.items() if name not in _OURS}


def _turn(message: Message) -> dict[str, object]:
    name = message.get("id")
    made = {"id": name if isinstance(name, str) and name else new_turn_id(), "timestamp": now_text()}
    return {**made, **message, "id": made["id"]}


def _with_tokens(session: Session, tokens: object) -> Session:
    """Those of older turns go: they are those of another conversation by now."""
    if isinstance(tokens, list) and tokens and session.last_turn:
        return session.having(context_tokens={**pack(tokens), "turn": session.last_turn})
    held = session.value.get("context_tokens")
    is_old = isinstance(held, dict) and held.get("turn") != session.last_turn
    return session.having(context_tokens=None) if is_old else session
