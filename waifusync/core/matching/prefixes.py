"""Which sets of words can be alike at all, so that an index has to look at few of them, and misses none.

Let J(x, y), the words of both over the words of either, be at least t. All words of either are no fewer than
|x| and no fewer than |y|, so both share at least t·|x| words, and at least t·|y|. Then:

Sizes.   |y| is at least what both share, t·|x|; and t·|y| at most |x|. A partner of x has between ⌈t·|x|⌉ and
         ⌊|x|/t⌋ words.
Prefix.  Put the words of all sets into one order, the same for all, and let the prefix of x be the first of
         its words, all but ⌈t·|x|⌉ - 1 of them. Suppose that the prefixes of x and y have no word in common.
         Of the two, let x be the one whose prefix ends earlier in the order. No word of its prefix is in y's
         prefix, nor behind it, where all comes later. So what both share lies behind the prefix of x, where
         ⌈t·|x|⌉ - 1 words are: fewer than t·|x|, a contradiction. Two sets that are alike share a word of
         their prefixes.
Halves.  A memory has two halves, and both must reach t. With a/b ≥ t and c/d ≥ t, (a+c)/(b+d) ≥ t: the set
         that holds the words of both, each marked with its half, reaches t too, and one index serves both.

Any order will do; with rare words first, few sets share a prefix word.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from waifusync.core.matching.vetoes import Told

# Products of a size and a threshold are rounded; a needless candidate costs less than a missed one.
_SLACK = 1e-9


def prefix_length(size: int, threshold: float) -> int:
    """How many of a set's first words have to be looked up."""
    return size - fewest(size, threshold) + 1 if size else 0


def fewest(size: int, threshold: float) -> int:
    """Words that a partner has, and shares, at the least; never none."""
    return max(1, math.ceil(size * threshold - _SLACK))


def most(size: int, threshold: float) -> int:
    """Words that a partner has at the most. `threshold` is above 0."""
    return math.floor(size / threshold + _SLACK)


def marked_words(memory: Told) -> Iterator[str]:
    """The words of both halves, each marked with its half; every one once."""
    yield from memory.said.words
    for word in memory.answered.words:
        yield f"\t{word}"
