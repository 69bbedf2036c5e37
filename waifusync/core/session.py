"""One session: what was said on one device in one conversation, as its file holds it.

The JSON object itself is kept, so that what a newer waifusync wrote into it is carried along. A turn is one
message, by an id that no other has; a session goes on from a turn of another by naming it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from waifusync.core.moments import moment
from waifusync.core.strict_json import load_object
from waifusync.core.tokens import unpack
from waifusync.patterns import pattern
from waifusync.values import NamedTuple

FORMAT = 1
MOST_BYTES = 24 * 1024 * 1024
_MOST_MESSAGES = 100_000
_MOST_NAME = 200
SESSION_ID = pattern(r"([a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?-([a-z0-9]{8}))_session_([0-9]{3,6})")

Message = Mapping[str, object]


class NewerFormat(ValueError):
    """Written by a waifusync that this one cannot follow."""


class Place(NamedTuple):
    """A turn of a session; `turn` None is before its first."""

    session: str
    turn: str | None

    def to_json(self) -> dict[str, object]:
        return {"session_id": self.session, "turn": self.turn}


class Held(NamedTuple):
    """Context tokens of a conversation up to a turn, and of which tokenizer and template they are."""

    tokens: Sequence[int]
    turn: str
    tokenizer: str
    template: str


class Session(NamedTuple):
    """Read by `read_session`, so the shapes are known to be right."""

    value: Mapping[str, object]

    @property
    def id(self) -> str:
        return str(self.value["session_id"])

    @property
    def device(self) -> str:
        """The name for people."""
        return str(self.value.get("device", ""))

    @property
    def folder(self) -> str:
        """Of the device that writes it."""
        return self.id.rpartition("_session_")[0]

    @property
    def conversation(self) -> str:
        return str(self.value["conversation"])

    @property
    def messages(self) -> Sequence[Message]:
        return self.value["messages"]  # type: ignore[return-value]  # looked at when it was read

    @property
    def model(self) -> Mapping[str, object]:
        found = self.value.get("model")
        return found if isinstance(found, dict) else {}

    @property
    def continues(self) -> Place | None:
        return _place(self.value.get("continues"))

    @property
    def merges(self) -> list[Place]:
        """The ends of the branches that were woven into this one."""
        found = self.value.get("merges")
        places = [_place(each) for each in found] if isinstance(found, list) else []
        return [each for each in places if each is not None]

    @property
    def last_turn(self) -> str | None:
        """Also where nothing was said yet: the turn that it goes on from."""
        if self.messages:
            return str(self.messages[-1]["id"])
        return self.continues.turn if self.continues else None

    @property
    def checkpoints(self) -> Mapping[str, Mapping[str, object]]:
        found = self.value.get("checkpoints")
        return found if isinstance(found, dict) else {}

    @property
    def time(self) -> float:
        """When something was last said in it, or else when it was begun; seconds since 1970."""
        times = [moment(each.get("timestamp")) for each in self.messages[-1:]]
        return next((each for each in times if each is not None), moment(self.value.get("created_at")) or 0.0)

    def held(self) -> Held | None:
        """Raises ValueError for tokens that are damaged."""
        packed = self.value.get("context_tokens")
        if not isinstance(packed, dict):
            return None
        facts = (str(self.model.get(name) or "") for name in ("tokenizer", "template"))
        return Held(unpack(packed), str(packed.get("turn")), *facts)

    def having(self, **members: object) -> Session:
        """The same session with some members otherwise."""
        return Session({**self.value, **members})


def read_session(content: bytes) -> Session:
    """Raises NewerFormat, and ValueError with a reason that starts with "it"."""
    value, _ = load_object(content, most_bytes=MOST_BYTES)
    form = value.get("format")
    if type(form) is not int or form < 1:
        raise ValueError("it does not say which format it has")
    if form > FORMAT:
        raise NewerFormat(f"it has format {form}, and this waifusync reads up to {FORMAT}")
    _check_names(value)
    _check_messages(value.get("messages"))
    _check_places(value)
    return Session(value)


def _check_names(value: Mapping[str, object]) -> None:
    if not isinstance(name := value.get("session_id"), str) or not SESSION_ID.fullmatch(name):
        raise ValueError("it has no session_id, or one that is no file's name")
    if not isinstance(name := value.get("conversation"), str) or not 0 < len(name) <= _MOST_NAME:
        raise ValueError("it does not say which conversation it belongs to")


def _check_messages(messages: object) -> None:
    if not isinstance(messages, list) or len(messages) > _MOST_MESSAGES:
        raise ValueError("it has no list of messages, or too long a one")
    for each in messages:
        check_message(each)
        if not isinstance(each.get("id"), str):
            raise ValueError("a message of it has no id")
    if len({each["id"] for each in messages}) < len(messages):
        raise ValueError("two messages of it have one id")


def check_message(message: object) -> None:
    """Raises ValueError for what no model's server would take for a message."""
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise ValueError("a message of it has no role")
    if not isinstance(message.get("content", ""), str):
        raise ValueError("the content of a message of it is no text")
    if any(not isinstance(message.get(name, []), list) for name in ("images", "tool_calls")):
        raise ValueError("the images or tool calls of a message of it are no list")


def _check_places(value: Mapping[str, object]) -> None:
    merges = value.get("merges", [])
    if not isinstance(merges, list) or any(_place(each) is None for each in merges):
        raise ValueError("it does not say what it merges")
    if value.get("continues") is not None and _place(value["continues"]) is None:
        raise ValueError("it does not say what it continues")
    checkpoints = value.get("checkpoints", {})
    if not isinstance(checkpoints, dict) or not all(isinstance(each, dict) for each in checkpoints.values()):
        raise ValueError("its checkpoints are no object")


def _place(value: object) -> Place | None:
    if not isinstance(value, dict) or not isinstance(name := value.get("session_id"), str):
        return None
    turn = value.get("turn")
    return Place(name, turn) if turn is None or isinstance(turn, str) else None
