"""Reading a session strictly, and writing it the way it was laid out.

What another program may read otherwise than we do (a key twice, NaN) is refused, and so is what is only there
to cost memory.
"""

from __future__ import annotations

import json
from pathlib import Path

from waifusync.core.strict_json import canonical as canonical
from waifusync.core.strict_json import load_object
from waifusync.merging.files import CannotMerge
from waifusync.patterns import pattern
from waifusync.values import dataclass

_MOST_BYTES = 32 * 1024 * 1024
_OF_A_SESSION = ("messages", "context_tokens", "session_id")
_SURROGATE = pattern("[\ud800-\udfff]")
_INDENT = pattern(r"\{\r?\n([ \t]+)\S")


@dataclass(frozen=True, slots=True)
class Session:
    """A session's JSON object, and its text."""

    value: dict[str, object]
    text: str


def read_session(path: Path, side: str) -> Session:
    """`side` says in messages which of the versions it is. Raises CannotMerge."""
    try:
        return _parse(path)
    except ValueError as error:
        raise CannotMerge(f"{side} is not a session that can be merged: {error}", side=side) from None


def laid_out(value: object, like: str) -> str:
    """As JSON, with the indentation and the last newline of the text `like`."""
    found = _INDENT.match(like.lstrip())
    indent = found[1] if found else 2 if "\n" in like.strip() else None
    separators = (",", ": ") if indent else (",", ":")
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    # Half of a cut emoji: legal in JSON as an escape, and never in UTF-8.
    whole = _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
    return whole + ("\n" if like.endswith("\n") else "")


def shown(value: object) -> object:
    """As it may stand in a report, which is UTF-8."""
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(_SURROGATE.sub("\ufffd", text)) if _SURROGATE.search(text) else value


def _parse(path: Path) -> Session:
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError(f"it is larger than {_MOST_BYTES >> 20} MiB")
    value, text = load_object(path.read_bytes(), most_bytes=_MOST_BYTES)
    if not any(name in value for name in _OF_A_SESSION):
        raise ValueError(f"it has none of {', '.join(_OF_A_SESSION)}")
    return Session(value, text)
