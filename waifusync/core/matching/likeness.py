"""How alike two texts are, by their words alone: 0 nothing shared, 1 the same words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from waifusync.core.matching.words import Text, read
from waifusync.values import NamedTuple


class Likeness(NamedTuple):
    """`is_exact`: one normal form. `words`: Jaccard over sets. `is_extension`: one text is the other with
    words added to it, none taken out, none exchanged, none moved."""

    is_exact: bool
    words: float
    is_extension: bool


def likeness(ours: Text, theirs: Text) -> Likeness:
    """Symmetric. Texts without a word are like nothing, not even each other."""
    if not (ours.words and theirs.words):
        return Likeness(False, 0.0, False)
    if ours.normal == theirs.normal:
        return Likeness(True, 1.0, True)
    shorter, longer = sorted((ours.order, theirs.order), key=len)
    return Likeness(False, jaccard(ours.words, theirs.words), _stands_in(shorter, longer))


def likeness_of(ours: str, theirs: str) -> Likeness:
    """The same for two plain strings."""
    return likeness(read(ours), read(theirs))


def jaccard(ours: AbstractSet[str], theirs: AbstractSet[str]) -> float:
    """The share of all words that both have; 0 where there are none."""
    shared = len(ours & theirs)
    return shared / (len(ours) + len(theirs) - shared) if shared else 0.0


def cosine(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Of two vectors of one source; 0 where one has no direction. Summed so that every machine agrees."""
    dot = math.fsum(a * b for a, b in zip(ours, theirs, strict=True))
    lengths = math.sqrt(math.fsum(a * a for a in ours) * math.fsum(b * b for b in theirs))
    return max(-1.0, min(1.0, dot / lengths)) if lengths else 0.0


def _stands_in(shorter: Sequence[str], longer: Sequence[str]) -> bool:
    """Whether all words of the shorter stand in the longer, in the same order."""
    rest = iter(longer)
    return all(word in rest for word in shorter)
