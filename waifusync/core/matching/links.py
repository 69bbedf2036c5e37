"""Duplicates are links between memories, and groups are made of links: both rows stay, and reading shows one.

A link joins two memories as they read when it was made, by the hashes of their texts: one that was edited
since stands alone again. What the rule said and what a person said are fields of their own, so that a
device which has not heard of the person's word cannot overrule it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from waifusync.core.learning.collections import key_of
from waifusync.core.values import Travel
from waifusync.values import NamedTuple

JOINED, SEPARATED = "joined", "separated"
# A memory by its key, as it reads with this hash.
Reading = tuple[str, str]


class Link(NamedTuple):
    """Two memories, by key, in order. `same` and `review` name the hashes of the texts, in that order, which
    the rule found to be so; `verdict` is a person's word."""

    first: str
    second: str
    same: str = ""
    review: str = ""
    verdict: str = ""

    @classmethod
    def from_fields(cls, fields: Mapping[str, Travel]) -> Link | None:
        """What is malformed counts as not said; None where it links nothing."""
        told = {name: _text(fields.get(name)) for name in cls._fields}
        link = cls(**told)
        return link if link.first and link.first < link.second else None

    @property
    def readings(self) -> tuple[Reading, Reading] | None:
        """What the rule joins; None where it joins nothing."""
        first, space, second = self.same.partition(" ")
        if not (first and space and second):
            return None
        return (self.first, first), (self.second, second)


def link_key(ours: str, theirs: str) -> str:
    """The key of the link between two memories; the same from either side."""
    return key_of("link", *sorted((ours, theirs)))


def link_fields(ours: Reading, theirs: Reading, **told: str) -> dict[str, Travel]:
    """`same`, `review` or `verdict`; the first two as `hashes` gives them."""
    first, second = sorted((ours, theirs))
    return {"first": first[0], "second": second[0], **told}


def hashes(ours: Reading, theirs: Reading) -> str:
    """The texts of a link, in the order of the keys."""
    return " ".join(text for _, text in sorted((ours, theirs)))


def groups(links: Iterable[Link], texts: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Keys of two and more living memories that are shown as one; `texts` are the hashes of those that live.

    A pure function of the set of links. Memories that are gone still join those that were like them.
    What a person separated is never in one group, whatever else joins the two: a person's word counts first,
    then the links in the order of their keys.
    """
    known = sorted(set(links), key=lambda link: (link.verdict != JOINED, link))
    union = _Union((link.first, link.second) for link in known if link.verdict == SEPARATED)
    for link in known:
        if readings := link.readings:
            union.join(*readings)
    living = (_living(group, texts) for group in union.groups())
    return sorted(group for group in living if len(group) > 1)


def _living(group: Sequence[Reading], texts: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted({key for key, text in group if texts.get(key) == text}))


class _Union:
    """Groups of readings that keep what is separated apart."""

    def __init__(self, separated: Iterable[tuple[str, str]]) -> None:
        self._apart: dict[str, set[str]] = {}
        for ours, theirs in separated:
            self._apart.setdefault(ours, set()).add(theirs)
            self._apart.setdefault(theirs, set()).add(ours)
        self._groups: dict[Reading, list[Reading]] = {}

    def join(self, ours: Reading, theirs: Reading) -> None:
        """Unless it would bring together what is separated."""
        mine, others = self._group(ours), self._group(theirs)
        if mine is others or self._is_apart(mine, others):
            return
        small, large = sorted((mine, others), key=len)
        large += small
        for each in small:
            self._groups[each] = large

    def groups(self) -> list[list[Reading]]:
        """Each once."""
        return list({id(group): group for group in self._groups.values()}.values())

    def _group(self, reading: Reading) -> list[Reading]:
        return self._groups.setdefault(reading, [reading])

    def _is_apart(self, mine: Sequence[Reading], others: Sequence[Reading]) -> bool:
        small, large = sorted((mine, others), key=len)
        enemies = set().union(*(self._apart.get(key, ()) for key, _ in small))
        return bool(enemies) and any(key in enemies for key, _ in large)


def _text(value: Travel) -> str:
    return value if isinstance(value, str) else ""
