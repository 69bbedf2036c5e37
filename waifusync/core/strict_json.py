"""JSON read strictly: what programs may read otherwise than we do is refused, and what only costs memory.

Of an object with a key twice, programs take the one or the other; NaN is no JSON; a number may overflow.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

MOST_DEPTH = 64
_MOST_DIGITS = 100  # Python takes time with the square of them


def load_object(content: bytes, *, most_bytes: int) -> tuple[dict[str, object], str]:
    """The object, and its text. Raises ValueError with a reason that starts with "it"."""
    if len(content) > most_bytes:
        raise ValueError(f"it is larger than {most_bytes >> 20} MiB")
    try:
        text = content.decode()
        value = _load(text)
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")
    if _depth(value) > MOST_DEPTH:
        raise ValueError(f"it is nested more than {MOST_DEPTH} deep")
    return value, text


def canonical(value: object) -> str:
    """Equal texts are equal values: unlike ==, this tells 1 from 1.0 and from true."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


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
    while level and depth <= MOST_DEPTH:
        level = [inner for outer in level for inner in _inside(outer)]
        depth += 1
    return depth


def _inside(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value
