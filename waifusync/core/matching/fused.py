"""What a group of duplicates is shown as: a pure function of the set of its members."""

from __future__ import annotations

import math
from collections.abc import Iterable

from waifusync.core.moments import moment
from waifusync.values import NamedTuple


class Member(NamedTuple):
    """A memory of a group; `source` is who told of it. None where nothing was said."""

    key: str
    created: str | None = None
    source: str = ""
    tags: tuple[str, ...] = ()
    importance: float | None = None
    confidence: float | None = None


class Fused(NamedTuple):
    """`key` is the one that is shown: the earliest. `confidence`: that not all sources are wrong, each
    counted once, with the most that it said."""

    key: str
    members: tuple[str, ...]
    created: str | None
    sources: tuple[str, ...]
    tags: tuple[str, ...]
    importance: float | None
    confidence: float | None

    def to_json(self) -> dict[str, object]:
        """The documented shape of a group."""
        return {
            "key": self.key,
            "members": list(self.members),
            "created": self.created,
            "sources": list(self.sources),
            "tags": list(self.tags),
            "importance": self.importance,
            "confidence": self.confidence,
        }


def fuse(members: Iterable[Member]) -> Fused:
    """Any order and any repetition give the same. Raises IndexError for none."""
    by_age = sorted(set(members), key=_age)
    importances = [each.importance for each in by_age if each.importance is not None]
    return Fused(
        key=by_age[0].key,
        members=tuple(dict.fromkeys(each.key for each in by_age)),
        created=by_age[0].created,
        sources=tuple(sorted({each.source for each in by_age if each.source})),
        tags=tuple(sorted({tag for each in by_age for tag in each.tags})),
        importance=max(importances, default=None),
        confidence=_confidence(by_age),
    )


def _age(member: Member) -> tuple[float, str, str, str]:
    """The last part only orders what is equal in all that is shown first."""
    at = moment(member.created)
    return math.inf if at is None else at, member.created or "", member.key, repr(member)


def _confidence(members: Iterable[Member]) -> float | None:
    """One minus the product of the sources' doubts; multiplied in order of size, so that machines agree."""
    most: dict[str, float] = {}
    for each in members:
        if each.confidence is not None:
            most[each.source] = max(each.confidence, most.get(each.source, 0.0))
    if not most:
        return None
    return 1 - math.prod(sorted(1 - each for each in most.values()))
