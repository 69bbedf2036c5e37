"""Values out of an object that was handed in, each with its path: what is wrong is refused, never guessed at.

`snake_case` and `camelCase` are one. A value that is null was not said. Messages quote numbers, and no text:
a text may be a memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from waifusync.core.learning.said import TIMES
from waifusync.core.moments import moment
from waifusync.errors import UsageError
from waifusync.patterns import pattern

SHORT_TEXT = 200
MOST_ITEMS = 1000
_MOST = 1 << 53

_HUMP = pattern(r"(?<=[a-z0-9])(?=[A-Z])")
_KINDS = ((bool, "true or false"), (str, "a text"), (int, "a number"), (float, "a number"), (list, "a list"))
_T = TypeVar("_T")


class Given:
    """One object. Raises UsageError with the path, which is also the fact `path`."""

    def __init__(self, value: object, path: str, *, known: Collection[str]) -> None:
        self.path = path
        self._known = known
        self._values = self._named(value)

    def _named(self, value: object) -> dict[str, object]:
        if not isinstance(value, Mapping):
            raise wrong(self.path, f"expected an object, found {_kind(value)}")
        found: dict[str, object] = {}
        for name, each in value.items():
            plain = _HUMP.sub("_", str(name)).lower()
            if plain not in self._known:
                raise wrong(self.within(_shown(name)), "unknown", hint=f"known: {', '.join(self._known)}")
            if plain in found:
                raise wrong(self.within(plain), "said twice")
            found[plain] = each
        return found

    def within(self, name: str) -> str:
        """The path of one of its values."""
        return f"{self.path}.{name}" if self.path else name

    def share(self, name: str) -> float | None:
        """A number from 0 to 1."""
        return self._read(name, share_at)

    def count(self, name: str) -> int | None:
        """A whole number from 0 on."""
        return self._read(name, _count_at)

    def time(self, name: str) -> int | None:
        """Milliseconds since 1970, of any usual form of a time."""
        return self._read(name, time_at)

    def flag(self, name: str) -> bool | None:
        """True or false."""
        return self._read(name, _flag_at)

    def text(self, name: str, *, longest: int = SHORT_TEXT) -> str | None:
        """A text with something in it."""
        return self._read(name, lambda path, value: text_at(path, value, longest=longest))

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A list of texts, as a set: sorted, each once."""
        items = self.items(name, text_at)
        return None if items is None else tuple(sorted(set(items)))

    def items(self, name: str, read: Callable[[str, object], _T]) -> list[_T] | None:
        """A list, each of its items read with a path of its own."""
        return self._read(name, lambda path, value: _items_at(path, value, read))

    def inner(self, name: str, *, known: Collection[str]) -> Given:
        """An object within; an empty one where there is none."""
        found = self._read(name, lambda path, value: Given(value, path, known=known))
        return found or Given({}, self.within(name), known=known)

    def _read(self, name: str, read: Callable[[str, object], _T]) -> _T | None:
        value = self._values.get(name)
        return None if value is None else read(self.within(name), value)


def wrong(path: str, what: str, *, hint: str = "") -> UsageError:
    """An error that names the place."""
    return UsageError(f"{path}: {what}" if path else what, hint=hint, path=path)


def share_at(path: str, value: object) -> float:
    """A number from 0 to 1."""
    number = _number_at(path, value)
    if not 0 <= number <= 1:
        raise wrong(path, f"{number:g} is not between 0 and 1")
    return float(number)


def time_at(path: str, value: object) -> int:
    """A time in milliseconds since 1970."""
    seconds = moment(value)
    if seconds is None or int(seconds * 1000) not in TIMES:
        raise wrong(path, f"expected a time, found {_kind(value)}", hint="such as 2026-01-31T12:00:00Z")
    return round(seconds * 1000)


def text_at(path: str, value: object, *, longest: int = SHORT_TEXT) -> str:
    """A text with something in it, without white space around it."""
    if not isinstance(value, str):
        raise wrong(path, f"expected a text, found {_kind(value)}")
    text = value.strip()
    if not text:
        raise wrong(path, "the text is empty")
    if len(text) > longest:
        raise wrong(path, f"the text has {len(text)} characters, and may have {longest}")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise wrong(path, "the text is not UTF-8")
    return text


def _count_at(path: str, value: object) -> int:
    number = _number_at(path, value)
    if number != int(number) or not 0 <= number <= _MOST:
        raise wrong(path, f"{number:g} is not a whole number from 0 on")
    return int(number)


def _flag_at(path: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise wrong(path, f"expected true or false, found {_kind(value)}")
    return value


def _items_at(path: str, value: object, read: Callable[[str, object], _T]) -> list[_T]:
    if not isinstance(value, list | tuple):
        raise wrong(path, f"expected a list, found {_kind(value)}")
    if len(value) > MOST_ITEMS:
        raise wrong(path, f"the list has {len(value)} items, and may have {MOST_ITEMS}")
    return [read(f"{path}[{place}]", each) for place, each in enumerate(value)]


def _number_at(path: str, value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(path, f"expected a number, found {_kind(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise wrong(path, f"{value} is not a number")
    if abs(value) > _MOST:
        raise wrong(path, "the number is too large")
    return value


def _kind(value: object) -> str:
    return (
        "nothing"
        if value is None
        else next((name for kind, name in _KINDS if isinstance(value, kind)), "an object")
    )


def _shown(name: object) -> str:
    """A name that nobody knows may be anything."""
    text = "".join(letter if letter.isprintable() else "?" for letter in str(name))
    return text if len(text) <= 40 else text[:39] + "…"
