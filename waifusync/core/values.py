"""How SQLite's values travel in JSON, and back.

SQLite              JSON
NULL                null
INTEGER             a number without point or exponent
REAL                a number with one; {"r": "inf"} and {"r": "-inf"}
TEXT                a string; {"t": base64} where its bytes are not UTF-8
BLOB                {"b": base64}
a reference         {"k": key of the record referred to}
a vector            {"v": [group, ordinal, hash]}, its bytes in a vector file
"""

from __future__ import annotations

import binascii
import math
from typing import Union

# None, int, float, str, or a one-key object as above.
Travel = Union[None, int, float, str, "dict[str, object]"]
# What the sqlite3 module hands out.
Stored = Union[None, int, float, str, bytes]  # noqa: UP007  # like its neighbour

_INTEGER_SPAN = range(-(1 << 63), 1 << 63)
_INFINITIES = {"inf": math.inf, "-inf": -math.inf}
_OBJECT_KINDS = frozenset("btrkv")


class RawText(bytes):
    """TEXT whose bytes are not UTF-8; kept apart from BLOB so that the type survives."""


def to_travel(value: Stored) -> Travel:
    """A stored value as it goes into a log line."""
    if isinstance(value, RawText):
        return {"t": _base64(value)}
    if isinstance(value, bytes):
        return {"b": _base64(value)}
    if isinstance(value, float) and math.isinf(value):
        return {"r": "inf" if value > 0 else "-inf"}
    return value


def to_stored(value: Travel) -> Stored:
    """The inverse of to_travel; references and vectors are resolved by whoever knows them."""
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "r":
        return _INFINITIES[str(content)]
    data = binascii.a2b_base64(str(content))
    return RawText(data) if kind == "t" else data


def reference(key: str) -> Travel:
    """A value that names another record."""
    return {"k": key}


def reference_key(value: Travel) -> str | None:
    """The key a reference names; None for any other value."""
    return str(value["k"]) if isinstance(value, dict) and "k" in value else None


def vector_address(value: Travel) -> tuple[str, int, str] | None:
    """Group, ordinal and hash of a vector; None for any other value."""
    if not (isinstance(value, dict) and "v" in value):
        return None
    address: tuple[str, int, str] = tuple(value["v"])  # type: ignore[arg-type, assignment]  # check_travel saw it
    return address


def check_travel(value: object) -> None:
    """Raises ValueError unless `value` is one that to_travel or a reference could have made."""
    if value is None or type(value) is str:
        return
    if type(value) is int:
        if value not in _INTEGER_SPAN:
            raise ValueError("an integer of more than 64 bits")
    elif type(value) is float:
        if not math.isfinite(value):
            raise ValueError("a number that is not finite")
    elif isinstance(value, dict):
        _check_object(value)
    else:
        raise ValueError(f"a value of type {type(value).__name__}")


def _check_object(value: dict[str, object]) -> None:
    if len(value) != 1 or not _OBJECT_KINDS.issuperset(value):
        raise ValueError("a value object of an unknown kind")
    ((kind, content),) = value.items()
    if kind == "v":
        _check_vector(content)
    elif type(content) is not str or (kind == "r" and content not in _INFINITIES):
        raise ValueError(f"a malformed {kind!r} value")
    elif kind in "bt":
        _check_bytes(kind, content)


def _check_vector(content: object) -> None:
    shape = [type(part) for part in content] if isinstance(content, list) else []
    if shape != [str, int, str] or not 0 <= content[1] < 1 << 53:  # type: ignore[index]  # shape says list
        raise ValueError("a malformed 'v' value")


def _check_bytes(kind: str, content: str) -> None:
    try:
        data = binascii.a2b_base64(content)
    except ValueError:
        raise ValueError("malformed base64") from None
    # Python 3.10 has no strict mode; what a lax decoder skipped makes the text longer than its bytes need.
    if len(content) != (len(data) + 2) // 3 * 4:
        raise ValueError("malformed base64")
    if kind == "t" and _is_utf8(data):
        raise ValueError("text that is UTF-8, written as if it were not")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")
