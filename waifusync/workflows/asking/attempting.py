"""One attempt at one server: an answer, or in which way there was none. What is not whole is no answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from waifusync.core.calls import Outcome
from waifusync.errors import WaifusyncError
from waifusync.sessions.http import NotOllama, ServerAway, ServerFailed
from waifusync.sessions.ollama import Message, Model, Ollama, is_missing_model
from waifusync.sessions.reaching import MayNotAsk
from waifusync.values import NamedTuple

_MOST_LETTERS = 1_000_000
_NANO = 1e9


class NoAnswer(Exception):
    """How it ended instead, and the reason in words."""

    def __init__(self, outcome: Outcome, reason: str, seconds: float = 0.0) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason
        self.seconds = round(seconds, 3)


class Answer(NamedTuple):
    """The whole text, and how long it took as seen from here; `tokens` as the server counted them."""

    text: str
    first_seconds: float
    seconds: float
    tokens: int
    tokens_per_second: float


def answer_of(
    ollama: Ollama, model: str, messages: Sequence[Message], *, num_ctx: int, on_text: Callable[[str], None]
) -> Answer:
    """Hands the pieces to `on_text` as they come. Raises NoAnswer, also after some of them."""
    begun, first = time.monotonic(), 0.0
    whole, end = "", {}
    try:
        for end in ollama.chat(model, messages, num_ctx=num_ctx):
            text = _text_of(end)
            first = first or (time.monotonic() - begun if text else 0.0)
            whole += text
            if len(whole) > _MOST_LETTERS:
                raise NotOllama("the answer is longer than any that a model gives")
            on_text(text)
    except WaifusyncError as error:
        raise NoAnswer(outcome_of(error), error.message, time.monotonic() - begun) from error
    if not whole.strip():
        raise NoAnswer(Outcome.EMPTY, f"{model} said nothing", time.monotonic() - begun)
    tokens, spent = _count(end, "eval_count"), _count(end, "eval_duration") / _NANO
    speed = round(tokens / spent, 2) if tokens and spent else 0.0
    return Answer(whole, round(first, 3), round(time.monotonic() - begun, 3), tokens, speed)


def outcome_of(error: WaifusyncError) -> Outcome:
    """Which kind of failure it is."""
    if isinstance(error, ServerFailed):
        return Outcome.MISSING if is_missing_model(error) else Outcome.FAILED
    if isinstance(error, NotOllama):
        return Outcome.GARBAGE
    return Outcome.BARRED if isinstance(error, MayNotAsk) else Outcome.AWAY


def _text_of(piece: dict[str, object]) -> str:
    message = piece.get("message")
    text = message.get("content", "") if isinstance(message, dict) else None
    if not isinstance(text, str) or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise NotOllama("what answers there does not answer as a model's server does")
    return text


def _count(end: dict[str, object], name: str) -> int:
    value = end.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def model_there(ollama: Ollama, *, other_than: str = "") -> str:
    """The largest model that can chat. Raises NoAnswer where there is none."""
    try:
        found = [each for each in ollama.models() if each.name != other_than and _can_chat(each)]
    except (ServerAway, ServerFailed, NotOllama) as error:
        raise NoAnswer(outcome_of(error), error.message) from error
    if not found:
        raise NoAnswer(Outcome.MISSING, "its server has no other model" if other_than else "it has no model")
    return max(found, key=lambda each: (each.size, each.name)).name


def _can_chat(model: Model) -> bool:
    """By its name: nothing else tells without asking for each model's description."""
    return bool(model.name) and "embed" not in model.name and "minilm" not in model.name
