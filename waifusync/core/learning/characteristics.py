"""What is said of a personality from outside, checked strictly: a mistake is told with its field's path."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from waifusync.core.learning.personality import LONGEST_NAME, LONGEST_REASON, Kind, is_within
from waifusync.errors import UsageError
from waifusync.values import NamedTuple

_MEMBERS = ("kind", "name", "target", "delta", "why")


class Characteristic(NamedTuple):
    """An adaptation: of what, towards `target` or by `delta`, and why."""

    kind: Kind
    name: str
    target: float | None
    delta: float | None
    why: str


def characteristic_of(data: object, path: str) -> Characteristic:
    """The data of an experience of this type. Raises UsageError with the path of what is wrong."""
    if not isinstance(data, Mapping):
        raise UsageError(f"{path}: expected an object")
    for name in data:
        if name not in _MEMBERS:
            known = f"known here: {', '.join(_MEMBERS)}"
            raise UsageError(f"{_within(path, ascii(str(name))[1:-1][:40])}: unknown field", hint=known)
    data = {name: value for name, value in data.items() if value is not None}
    target, delta = data.get("target"), data.get("delta")
    if (target is None) == (delta is None):
        raise UsageError(f"{path or 'an adaptation'}: needs either target or delta")
    return Characteristic(
        checked_kind(data.get("kind", Kind.TRAIT.value), _within(path, "kind")),
        checked_name(data.get("name"), _within(path, "name")),
        None if target is None else checked_share(target, _within(path, "target")),
        None if delta is None else checked_share(delta, _within(path, "delta"), least=-1),
        checked_reason(data.get("why", ""), _within(path, "why")),
    )


def checked_share(value: object, path: str, *, least: int = 0) -> float:
    """A number from `least` to 1; NaN is none. Raises UsageError."""
    if not is_within(value, least):
        raise UsageError(f"{path}: {_shown(value)} is not between {least} and 1")
    return float(value)  # type: ignore[arg-type]  # is_within saw a number


def checked_kind(value: object, path: str) -> Kind:
    """Raises UsageError."""
    try:
        return Kind(value)
    except ValueError:
        raise UsageError(f"{path}: {_shown(value)} is neither trait nor emotion") from None


def checked_name(value: object, path: str) -> str:
    """In one spelling, so that Curiosity and curiosity are one. Raises UsageError."""
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"{path}: expected a name")
    name = " ".join(unicodedata.normalize("NFC", value).casefold().split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise UsageError(f"{path}: a name has at most {LONGEST_NAME} letters, all of them printable")
    return name


def checked_reason(value: object, path: str) -> str:
    """On one line. Raises UsageError."""
    if not isinstance(value, str):
        raise UsageError(f"{path}: expected a text")
    reason = " ".join(value.split())
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise UsageError(f"{path}: a reason has at most {LONGEST_REASON} letters, all of them printable")
    return reason


def _within(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, (int, float)) else f"a {type(value).__name__}"
