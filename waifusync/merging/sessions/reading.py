"""Reading a session strictly, and writing it the way it was laid out.

What another program may read otherwise than we do (a key twice, NaN) is refused, and so is what is only there
to cost memory.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from waifusync.merging.files import CannotMerge

_MOST_BYTES = 32 * 1024 * 1024
_MOST_DEPTH = 64
_MOST_DIGITS = 100  # Python takes time with the square of them
_OF_A_SESSION = ("messages", "context_tokens", "session_id")
_SURROGATE = re.compile("[\ud800-\udfff]")
_INDENT = re.compile(r"\{\r?\n([ \t]+)\S")


@dataclass(frozen=True, slots=True)
class Session:
    """A session's JSON object, and its text."""

    value: dict[str, object]
    text: str


def read_session(path: Path, side: str) -> Session:
    """`side` says in messages which of the versions it is. Raises CannotMerge."""
    try:
        return _parse(path)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise CannotMerge(f"{side} is not a session that can be merged: {reason}", side=side) from None


def canonical(value: object) -> str:
    """Equal texts are equal values: unlike ==, this tells 1 from 1.0 and from true."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


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
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    value = _load(text)
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")
    if not any(name in value for name in _OF_A_SESSION):
        raise ValueError(f"it has none of {', '.join(_OF_A_SESSION)}")
    if _depth(value) > _MOST_DEPTH:
        raise ValueError(f"it is nested more than {_MOST_DEPTH} deep")
    return Session(value, text)


def _load(text: str) -> object:
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_float,
            parse_int=_int,
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON: {error.msg} in line {error.lineno}") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has the same key twice")
    return found


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number in JSON")


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _int(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"an integer has more than {_MOST_DIGITS} digits")
    return int(digits)


def _depth(value: object) -> int:
    depth = 0
    level = [value]
    while level and depth <= _MOST_DEPTH:
        level = [inner for outer in level for inner in _inside(outer)]
        depth += 1
    return depth


def _inside(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value
