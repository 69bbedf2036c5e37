"""How a conversation is taken up again on a server: with the tokens of last time, or with its messages.

Tokens are a cache. They go to the tokenizer they came from and to no other: what they mean to another is
something else, and one beyond its vocabulary kills a server. The messages are cut to the budget from the
oldest end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from waifusync.core.session import Held, Message
from waifusync.values import NamedTuple

# Letters of most languages cost fewer tokens than a third of their bytes; too few is what does harm.
_BYTES_PER_TOKEN = 3
_AROUND_MESSAGE = 6
_PER_IMAGE = 800
_SENT = ("role", "content", "images", "tool_calls", "tool_name")
_MOST_ROOM = 2048


class Server(NamedTuple):
    """What is known of the model that is to go on; "" and 0 where it cannot be asked."""

    tokenizer: str = ""
    template: str = ""
    vocabulary: int = 0
    takes_context: bool = True


class Plan(NamedTuple):
    """`context` is empty unless the way is tokens; `left_out` counts messages that did not fit."""

    way: Literal["tokens", "messages"]
    reason: str
    num_ctx: int
    messages: list[dict[str, object]]
    context: Sequence[int]
    left_out: int


def room_for_answer(num_ctx: int) -> int:
    """Tokens of the context that are kept free."""
    return min(num_ctx // 4, _MOST_ROOM)


def resume_plan(
    messages: Sequence[Message], held: Held | None, server: Server, *, num_ctx: int, prompt: str = ""
) -> Plan:
    """`messages` are all that was said, `held` the tokens of their end, `prompt` what is about to be said."""
    budget = num_ctx - room_for_answer(num_ctx) - cost({"content": prompt})
    kept = cut(messages, budget)
    left_out = len(messages) - len(kept)
    sent = [{name: each[name] for name in _SENT if name in each} for each in kept]
    reason = why_no_tokens(messages, held, server, budget=budget)
    if reason or held is None:
        return Plan("messages", reason, num_ctx, sent, (), left_out)
    return Plan("tokens", "the same tokenizer, and nothing was said since", num_ctx, sent, held.tokens, 0)


def why_no_tokens(messages: Sequence[Message], held: Held | None, server: Server, *, budget: int) -> str:
    """In words; "" when they may be used."""
    if held is None or not held.tokens:
        return "there are no tokens of its last turn"
    if not messages or messages[-1].get("id") != held.turn:
        return "something was said after the tokens were made"
    if not server.takes_context:
        return "this server takes no tokens any more"
    if not held.tokenizer or not server.tokenizer:
        return "nobody says which tokenizer the tokens are for"
    if held.tokenizer != server.tokenizer:
        return "the model has another tokenizer"
    if held.template and server.template and held.template != server.template:
        return "the model has another template"
    if max(held.tokens) >= server.vocabulary or min(held.tokens) < 0:
        return "a token lies beyond the model's vocabulary"
    return "the tokens do not fit into the context" if len(held.tokens) > budget else ""


def cost(message: Message) -> int:
    """Tokens that a message takes, guessed rather too high."""
    texts = (message.get("content"), *_called(message))
    size = sum(len(each.encode("utf-8", "surrogatepass")) for each in texts if isinstance(each, str))
    images = message.get("images")
    pictures = len(images) if isinstance(images, list) else 0
    return -(-size // _BYTES_PER_TOKEN) + _AROUND_MESSAGE + _PER_IMAGE * pictures


def _called(message: Message) -> list[str]:
    calls = message.get("tool_calls")
    return [str(each) for each in calls] if isinstance(calls, list) else []


def cut(messages: Sequence[Message], budget: int) -> list[Message]:
    """The system's messages, and as many of the newest exchanges as fit; of one that does not, its end."""
    left = budget - sum(cost(each) for each in messages if _is_system(each))
    spoken = [place for place, each in enumerate(messages) if not _is_system(each)]
    first = _first_that_fits(messages, spoken, left)
    kept = set(spoken[first:])
    return [each for place, each in enumerate(messages) if place in kept or _is_system(each)]


def _first_that_fits(messages: Sequence[Message], spoken: Sequence[int], left: int) -> int:
    """The place in `spoken` from which on all is kept; the last message always is."""
    first = len(spoken)
    begins = [place for place, at in enumerate(spoken) if messages[at]["role"] == "user"]
    for place in range(len(spoken) - 1, -1, -1):
        left -= cost(messages[spoken[place]])
        if left < 0:
            break
        first = place
    whole = next((place for place in begins if place >= first), None)
    if first == 0 or not spoken:
        return 0
    return whole if whole is not None else min(first, len(spoken) - 1)


def _is_system(message: Message) -> bool:
    return message.get("role") == "system"
