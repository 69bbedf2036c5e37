"""One JSON object from outside, read field by field: what is wrong, missing or unknown is told with its path.

A field is known by its name or by the same in camelCase. No message holds a text that was given: it may be
somebody's memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import TypeVar, overload

from waifusync.errors import UsageError

LONGEST_NAME = 200
_LONGEST_TEXT = 1 << 20
_Choice = TypeVar("_Choice", bound=Enum)


def wrong(path: str, what: str, *, hint: str = "") -> UsageError:
    """The mistake at this place."""
    return UsageError(f"{path}: {what}" if path else what, hint=hint, path=path)


class Fields:
    """An object whose fields are taken one by one; `finish` tells of those that nobody took."""

    def __init__(self, value: object, path: str = "") -> None:
        if not isinstance(value, Mapping):
            raise wrong(path, f"expected an object, found {kind_of(value)}")
        self.path = path
        self._left: dict[str, tuple[str, object]] = {}
        self._known: list[str] = []
        for given, found in value.items():
            name = snake(given) if isinstance(given, str) else ""
            if name in self._left:
                raise wrong(self.place(str(given)), "is there twice")
            self._left[name] = (str(given), found)

    def place(self, name: str) -> str:
        """The path of a field of this object."""
        return f"{self.path}.{name}" if self.path else name

    def take(self, name: str) -> tuple[str, object]:
        """Its path and its value; None where it is null or not there."""
        self._known.append(name)
        given, found = self._left.pop(name, (name, None))
        return self.place(given), found

    def has(self, name: str) -> bool:
        """Whether it is there and was not taken."""
        return name in self._left

    def finish(self) -> None:
        """Raises UsageError for the first field that nobody knows."""
        for given, _ in self._left.values():
            raise wrong(
                self.place(_shown(given)), "unknown field", hint=f"known here: {', '.join(self._known)}"
            )

    def name(self, name: str, default: str | None = None) -> str:
        """A short text that names something; required where there is no default."""
        path, value = self.take(name)
        if value in (None, "") and default is not None:
            return default
        text = _text(path, value, most=LONGEST_NAME)
        if not text.strip() or not text.isprintable():
            raise wrong(path, "expected a name that can be printed")
        return text

    def text(self, name: str, *, needed: bool = False) -> str | None:
        """A text of any kind, None where it is not there; where it is needed, more than blanks."""
        path, value = self.take(name)
        if value is None and not needed:
            return None
        text = _text(path, value, most=_LONGEST_TEXT)
        if needed and not text.strip():
            raise wrong(path, "is empty")
        return text

    def share(self, name: str, default: float | None = None) -> float | None:
        """A number from 0 to 1."""
        path, value = self.take(name)
        if value is None:
            return default
        number = _number(path, value)
        if not 0 <= number <= 1:
            raise wrong(path, f"{number:g} is not between 0 and 1")
        return number

    def number(self, name: str, *, least: float, most: float, default: float) -> float:
        path, value = self.take(name)
        number = default if value is None else _number(path, value)
        if not least <= number <= most:
            raise wrong(path, f"{number:g} is not between {least:g} and {most:g}")
        return number

    def whole(self, name: str, *, least: int, most: int, default: int) -> int:
        path, value = self.take(name)
        number = default if value is None else _number(path, value)
        if number != int(number) or not least <= number <= most:
            raise wrong(path, f"{number:g} is not a whole number between {least} and {most}")
        return int(number)

    def flag(self, name: str, *, default: bool) -> bool:
        path, value = self.take(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise wrong(path, f"expected true or false, found {kind_of(value)}")
        return value

    @overload
    def choice(self, name: str, kind: type[_Choice], default: _Choice) -> _Choice: ...
    @overload
    def choice(self, name: str, kind: type[_Choice], default: None = None) -> _Choice: ...
    def choice(self, name: str, kind: type[_Choice], default: _Choice | None = None) -> _Choice:
        """One of the values of an enum; required where there is no default."""
        path, value = self.take(name)
        if value is None and default is not None:
            return default
        for each in kind:
            if value == each.value:
                return each
        what = "missing" if value is None else f"unknown: {_shown(value)}"
        raise wrong(path, what, hint=f"one of: {', '.join(str(each.value) for each in kind)}")

    def items(self, name: str) -> Iterable[tuple[str, object]]:
        """Each thing in a list, with its path; none where there is no list."""
        path, value = self.take(name)
        if value is None:
            return []
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise wrong(path, f"expected a list, found {kind_of(value)}")
        return [(f"{path}[{place}]", each) for place, each in enumerate(value)]

    def names(self, name: str) -> tuple[str, ...]:
        """Texts of a list."""
        return tuple(_text(path, each, most=LONGEST_NAME) for path, each in self.items(name))


def kind_of(value: object) -> str:
    """What JSON calls it; never what it holds."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    kinds = {str: "a text", int: "a number", float: "a number", list: "a list", tuple: "a list"}
    return kinds.get(type(value), "an object" if isinstance(value, Mapping) else type(value).__name__)


def _number(path: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(path, f"expected a number, found {kind_of(value)}")
    if not math.isfinite(value) or abs(value) >= 1 << 63:
        raise wrong(path, "is no number that can be kept")
    return float(value)


def _text(path: str, value: object, *, most: int) -> str:
    if value is None:
        raise wrong(path, "missing")
    if not isinstance(value, str):
        raise wrong(path, f"expected a text, found {kind_of(value)}")
    if len(value) > most:
        raise wrong(path, f"is longer than {most:,} characters")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise wrong(path, "holds half a character")
    return value


def _shown(given: object) -> str:
    """A name out of a mistake, as it may stand in a message."""
    if not isinstance(given, str):
        return kind_of(given)
    plain = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in given)
    return plain if len(plain) <= 40 else plain[:39] + "…"


def snake(name: str) -> str:
    """`batchSize` is `batch_size`."""
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)
