"""Which sets of words can be alike at all, so that an index has to look at few of them, and misses none.

Let J(x, y), the words of both over the words of either, be at least t. Of n words that both share,
n / (|x| + |y| - n) ≥ t, so n is at least a = ⌈t·(|x| + |y|) / (1 + t)⌉. And all words of either are no fewer
than |x|, so n ≥ t·|x|. Then:

Sizes.   |y| ≥ n ≥ t·|x|, and |x| ≥ n ≥ t·|y|: a partner of x has between ⌈t·|x|⌉ and ⌊|x|/t⌋ words.
Places.  Put the words of all sets into one order, the same for all. Of the shared words, at least a - k come
         after the k-th, in x as in y. So the first k of them stand where at least a - k words are behind, on
         both sides: two sets that are alike share SHARED words (or a, if that is fewer) in such places. What
         has fewer of them is no partner.
Prefix.  Since a ≥ ⌈t·|x|⌉ whatever y is, those places are within the first |x| - ⌈t·|x|⌉ + SHARED words.
Halves.  A memory has two halves, and both must reach t. With a/b ≥ t and c/d ≥ t, (a+c)/(b+d) ≥ t: the set
         that holds the words of both, each marked with its half, reaches t too, and one index serves both.

Any order will do; with rare words first, few sets share words of their prefixes, and hardly any share two.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from waifusync.core.matching.vetoes import Told

SHARED = 2
# Products of a size and a threshold are rounded; a needless candidate costs less than a missed one.
SLACK = 1e-9


def prefix_length(size: int, threshold: float) -> int:
    """How many of a set's first words have to be looked up, whatever its partner is."""
    return min(size, size - fewest(size, threshold) + SHARED)


def fewest(size: int, threshold: float) -> int:
    """Words that a partner has, and shares, at the least; never none."""
    return max(1, math.ceil(size * threshold - SLACK))


def most(size: int, threshold: float) -> int:
    """Words that a partner has at the most. `threshold` is above 0."""
    return math.floor(size / threshold + SLACK)


def shared_at_least(ours: int, theirs: int, threshold: float) -> int:
    """Words that two sets of these sizes have in common when they are alike."""
    return max(1, math.ceil((ours + theirs) * threshold / (1 + threshold) - SLACK))


def marked_words(memory: Told) -> Iterator[str]:
    """The words of both halves, each marked with its half; every one once."""
    yield from memory.said.words
    for word in memory.answered.words:
        yield f"\t{word}"
