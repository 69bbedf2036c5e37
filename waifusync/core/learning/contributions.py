"""What one source said of one subject, as one device wrote it down.

A contribution has one writer, so no two devices ever dispute it. What a source said last may have reached one
device, and an older word may reach another one later: of one source the newest counts, on all devices alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from waifusync.values import dataclass

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Contribution:
    """`as_of` is the millisecond that the source gave its word, by the source's clock."""

    subject: str
    source: str
    device: str
    as_of: int
    content: Json

    @property
    def rank(self) -> tuple[int, str]:
        """Decides between two words of one source; equal only where they say the same."""
        return self.as_of, canonical(self.content)


def newest(contributions: Iterable[Contribution]) -> dict[str, dict[str, Contribution]]:
    """By subject and source, the word that counts. Any order, grouping or repetition gives the same."""
    found: dict[str, dict[str, Contribution]] = {}
    for each in contributions:
        of_subject = found.setdefault(each.subject, {})
        known = of_subject.get(each.source)
        if known is None or _stands_above(each, known):
            of_subject[each.source] = each
    return found


def _stands_above(each: Contribution, known: Contribution) -> bool:
    return (*each.rank, each.device) > (*known.rank, known.device)


def canonical(value: object) -> str:
    """JSON in the one form that equal values share."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
