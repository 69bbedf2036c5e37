"""An instance's new word about a memory that somebody edited here since its last: which of the two stands.

    latest_wins      the later one
    weighted_merge   the one with more weight: its confidence, halved for every 30 days that it is older
    manual_review    what is here, and the other waits for a person

Whatever does not stand is kept beside it, as of any conflict.
"""

from __future__ import annotations

from enum import Enum

from waifusync.core.learning.sync_settings import ConflictResolution
from waifusync.values import dataclass

_HALF_LIFE_MILLISECONDS = 30 * 86_400_000
_NOT_SAID = 0.5


class Verdict(Enum):
    """What becomes of the new word."""

    STANDS = "stands"
    LOSES = "loses"
    WAITS = "waits"


@dataclass(frozen=True, slots=True)
class Word:
    """`at` is in milliseconds since 1970."""

    at: int
    confidence: float | None = None


def settle(strategy: ConflictResolution, *, here: Word, new: Word) -> Verdict:
    """Of equal weights the later stands, of equal times what is here."""
    if strategy is ConflictResolution.MANUAL_REVIEW:
        return Verdict.WAITS
    if strategy is ConflictResolution.WEIGHTED_MERGE:
        newest = max(here.at, new.at)
        stands = (_weight(new, newest), new.at) > (_weight(here, newest), here.at)
    else:
        stands = new.at > here.at
    return Verdict.STANDS if stands else Verdict.LOSES


def _weight(word: Word, newest: int) -> float:
    confidence = _NOT_SAID if word.confidence is None else word.confidence
    return float(confidence * 0.5 ** ((newest - word.at) / _HALF_LIFE_MILLISECONDS))
