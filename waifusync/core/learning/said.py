"""One value that a source gave, and when: of what a source said of one thing, the newest counts.

Each value has a time of its own, so a word that says less than the one before it takes nothing back, and any
order of delivery comes to the same. In a record it is JSON, `[milliseconds, value]`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from waifusync.core.learning.contributions import canonical
from waifusync.core.values import Travel
from waifusync.values import NamedTuple

# Year 1 to year 9999, in milliseconds: what can be written as a date again.
TIMES = range(-62_135_596_800_000, 253_402_300_800_000)


class Said(NamedTuple):
    """`as_of` is the millisecond that the source gave its word, by the source's clock."""

    as_of: int
    value: Any  # whatever JSON holds; who reads it has asked what it is

    def to_travel(self) -> str:
        """As it stands in a record."""
        return canonical([self.as_of, self.value])


def read_said(travel: Travel) -> Said | None:
    """Whatever another device wrote: what is malformed counts as not said. The value may be anything yet."""
    found = read_json(travel)
    if isinstance(found, list) and len(found) == 2 and is_time(found[0]):
        return Said(found[0], found[1])
    return None


def is_time(value: object) -> bool:
    """Whether this is a number of milliseconds that a date can be made of."""
    return type(value) is int and value in TIMES


def is_share(value: object) -> bool:
    """A number from 0 to 1."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def is_count(value: object) -> bool:
    """A whole number from 0 on."""
    return type(value) is int and 0 <= value <= 1 << 53


def is_text(value: object) -> bool:
    """A text that is not empty."""
    return isinstance(value, str) and bool(value)


def are_texts(value: object) -> bool:
    """A list of texts."""
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def read_json(travel: Travel) -> object:
    """The JSON in a text; None for what is none."""
    try:
        return json.loads(travel) if isinstance(travel, str) else None
    except (ValueError, RecursionError):
        return None


def newest_said(words: Iterable[Said]) -> Said | None:
    """Of two that were given at one moment, the same one counts everywhere."""
    return max(words, key=lambda each: (each.as_of, canonical(each.value)), default=None)


def join_said(ours: Mapping[str, Said], theirs: Mapping[str, Said]) -> dict[str, Said]:
    """By name, the newest of each value; order, grouping and repetition make no difference."""
    found = (
        (name, newest_said(each[name] for each in (ours, theirs) if name in each))
        for name in {**ours, **theirs}
    )
    return {name: said for name, said in found if said is not None}
