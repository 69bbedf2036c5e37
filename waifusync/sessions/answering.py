"""One answer of a model, by the plan: with tokens, or, where the server does not take them, with messages.

Being stopped keeps what was said; a failure keeps nothing, for what a server says in trouble is no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from waifusync.core.resuming import Plan
from waifusync.sessions.http import ServerFailed
from waifusync.sessions.ollama import Ollama, is_missing_model
from waifusync.values import NamedTuple

Say = Callable[[str], None]
Piece = Mapping[str, object]
_NONE: Piece = MappingProxyType({})
_BAD_REQUEST = 400


class Answer(NamedTuple):
    """`context` is empty where none came; `not_by_tokens` says why tokens that were planned were not used."""

    text: str
    thinking: str = ""
    tool_calls: Sequence[object] = ()
    context: Sequence[int] = ()
    is_cut: bool = False
    not_by_tokens: str = ""
    end: Piece = _NONE


class Request(NamedTuple):
    """What is said now, and to whom; `options` are the server's."""

    ollama: Ollama
    model: str
    plan: Plan
    message: Mapping[str, object]
    options: Mapping[str, object] = _NONE


def answer(request: Request, *, say: Say, warn: Say, wants_tokens: bool = True) -> Answer:
    """`say` gets the words as they come, `warn` a sentence where the words until then do not count.

    Raises ServerAway, ServerFailed and NotOllama; a KeyboardInterrupt cuts the answer.
    """
    if request.plan.way == "tokens":
        found = _by_tokens(request, say)
        if isinstance(found, Answer):
            return found
        warn(f"{found}: once more, with the messages")
        return _by_messages(request, say)._replace(not_by_tokens=found)
    if wants_tokens and _is_first(request):
        return _generated(request, (), say)
    return _by_messages(request, say)


def _is_first(request: Request) -> bool:
    """Nothing but a system's prompt came before: then asking for tokens leaves nothing out."""
    roles = [each["role"] for each in request.plan.messages]
    is_text = set(request.message) <= {"role", "content"}
    return is_text and roles in ([], ["system"]) and not request.plan.left_out


def _by_tokens(request: Request, say: Say) -> Answer | str:
    """Why not, where the server did not take the tokens."""
    sent = request.plan.context
    try:
        found = _generated(request, sent, say)
    except ServerFailed as error:
        if is_missing_model(error) or error.facts.get("status") != _BAD_REQUEST:
            raise
        return "the server refused the tokens"
    is_taken = found.is_cut or len(found.context) >= len(sent)
    return found if is_taken else "the server left the tokens out"


def _generated(request: Request, context: Sequence[int], say: Say) -> Answer:
    plan = request.plan
    system = "" if context else "".join(str(each.get("content", "")) for each in plan.messages)
    prompt = str(request.message.get("content", ""))
    pieces = request.ollama.generate(
        request.model, prompt, num_ctx=plan.num_ctx, context=context, system=system, **request.options
    )
    found = _gathered(pieces, say, _of_generate)
    tokens = found.end.get("context")
    is_list = isinstance(tokens, list) and all(type(each) is int for each in tokens)
    return found._replace(context=tokens if is_list else ())  # type: ignore[arg-type]  # just looked at


def _by_messages(request: Request, say: Say) -> Answer:
    messages = [*request.plan.messages, dict(request.message)]
    pieces = request.ollama.chat(request.model, messages, num_ctx=request.plan.num_ctx, **request.options)
    return _gathered(pieces, say, _of_chat)


def _of_generate(piece: Piece) -> tuple[object, object, object]:
    return piece.get("response"), piece.get("thinking"), None


def _of_chat(piece: Piece) -> tuple[object, object, object]:
    message = piece.get("message")
    found = message if isinstance(message, dict) else {}
    return found.get("content"), found.get("thinking"), found.get("tool_calls")


def _gathered(
    pieces: Iterator[dict[str, object]], say: Say, read: Callable[[Piece], tuple[object, object, object]]
) -> Answer:
    texts: list[str] = []
    thoughts: list[str] = []
    calls: list[object] = []
    end = _NONE
    try:
        for piece in pieces:
            text, thinking, called = read(piece)
            thoughts += [thinking] if isinstance(thinking, str) else []
            calls += called if isinstance(called, list) else []
            if isinstance(text, str) and text:
                texts.append(text)
                say(text)
            end = piece if piece.get("done") is True else end
    except KeyboardInterrupt:
        return Answer("".join(texts), "".join(thoughts), calls, is_cut=True)
    return Answer("".join(texts), "".join(thoughts), calls, end=end)
