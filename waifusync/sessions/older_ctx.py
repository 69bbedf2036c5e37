"""Reading `.ctx` files of programs from before: JSON with context tokens as base64 of zlib of numbers.

Nobody wrote down how the numbers lie in there: a JSON list, or 32 bits each, least byte first. What is not
understood is carried along as it was.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import struct
import zlib
from collections.abc import Mapping

from waifusync.core.session import Message, check_message
from waifusync.core.strict_json import load_object
from waifusync.core.tokens import MOST_TOKENS, pack
from waifusync.values import NamedTuple

_MOST_BYTES = 32 * 1024 * 1024
# As JSON, a token and its comma take up to twelve.
_MOST_UNPACKED = 12 * MOST_TOKENS
_OF_A_CTX = ("context_tokens", "conversation_state")
_LISTS = ("messages", "history", "turns")


class OlderSession(NamedTuple):
    """`origin` is all that the file says, but for the tokens; its digest tells whether it came before."""

    name: str
    model: str
    messages: list[Message]
    tokens: list[int]
    origin: dict[str, object]


def read_older(content: bytes) -> OlderSession:
    """Raises ValueError with a reason that starts with "it"; a bomb is refused before it is unpacked."""
    value, _ = load_object(content, most_bytes=_MOST_BYTES)
    if not any(name in value for name in _OF_A_CTX):
        raise ValueError(f"it has neither of {' and '.join(_OF_A_CTX)}")
    told = {name: each for name, each in value.items() if name != "context_tokens"}
    return OlderSession(
        name=str(value.get("session_id") or ""),
        model=_model(value.get("model")),
        messages=_messages(value.get("conversation_state")) or _messages(value.get("messages")),
        tokens=_tokens(value.get("context_tokens")),
        origin={**told, "sha256": hashlib.sha256(content).hexdigest()},
    )


def _model(value: object) -> str:
    return str(value.get("name", "")) if isinstance(value, dict) else str(value or "")


def _messages(state: object) -> list[Message]:
    if isinstance(state, Mapping):
        return next((found for name in _LISTS if (found := _messages(state.get(name)))), [])
    if not isinstance(state, list):
        return []
    try:
        for each in state:
            check_message(each)
    except ValueError:
        return []
    return list(state)


def _tokens(value: object) -> list[int]:
    if value is None or value == "" or value == []:
        return []
    tokens = value if isinstance(value, list) else _unpacked(value)
    pack(tokens)
    return tokens


def _unpacked(value: object) -> list[int]:
    if not isinstance(value, str):
        raise ValueError("its context_tokens are neither a text nor a list")
    try:
        inflating = zlib.decompressobj()
        whole = inflating.decompress(base64.b64decode(value, validate=True), _MOST_UNPACKED)
    except (binascii.Error, ValueError, zlib.error):
        raise ValueError("its context_tokens are not base64 of zlib") from None
    if not inflating.eof:
        raise ValueError("its context_tokens are cut off, or more than any model takes")
    if whole.lstrip().startswith(b"["):
        return _listed(whole)
    if len(whole) % 4 == 0:
        return list(struct.unpack(f"<{len(whole) // 4}I", whole))
    raise ValueError("its context_tokens are no numbers")


def _listed(whole: bytes) -> list[int]:
    try:
        found = json.loads(whole)
    except (ValueError, RecursionError):
        raise ValueError("its context_tokens are no numbers") from None
    return found if isinstance(found, list) else []
