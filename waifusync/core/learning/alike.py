"""What two statements look like to each other: the same, nearly so, against each other, or nothing.

Same and nearly so are decided as for memories (core/matching). Two statements are against each other where
one denies more often than the other, or has other numbers, and the rest of their words is alike. The rest has
no words that deny, no numbers, articles or forms of "do", and no s at the end of a word: "likes" and "does
not like", "has a cat" and "has no cat".
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import combinations

from waifusync.core.matching.deciding import GREY, THRESHOLD, Verdict, decide_texts
from waifusync.core.matching.likeness import jaccard
from waifusync.core.matching.negation import negations
from waifusync.core.matching.numbers import numbers
from waifusync.core.matching.prefixes import prefix_length
from waifusync.core.matching.words import Text, read

LIKE_ENOUGH = THRESHOLD - GREY
_LISTED = "do does did a an the ein eine einen einem einer een un une una uno um uma"
_EMPTY = frozenset(_LISTED.split())
_SHORTEST_WITH_S = 4
_SLACK = 1e-9


class Alike(str, enum.Enum):
    """Symmetric, and the same on every device."""

    SAME = "same"
    SIMILAR = "similar"
    AGAINST = "against"
    NOTHING = "nothing"


def alike(ours: str, theirs: str) -> Alike:
    """Of two contents."""
    decision = decide_texts(ours, theirs)
    if decision.verdict is Verdict.SAME:
        return Alike.SAME
    mine, other = read(ours), read(theirs)
    changed = negations(mine) != negations(other) or numbers(mine) != numbers(other)
    if changed and jaccard(_rest(mine), _rest(other)) >= LIKE_ENOUGH:
        return Alike.AGAINST
    return Alike.SIMILAR if decision.verdict is Verdict.REVIEW else Alike.NOTHING


def relations(contents: Mapping[str, str]) -> Iterator[tuple[str, str, Alike]]:
    """Of all contents by id, the pairs that are anything to each other, the smaller id first, in order.

    Only pairs that share a rare word are looked at; core/matching/prefixes.py says why none is missed.
    """
    texts = {each: read(content) for each, content in contents.items()}
    pairs = _candidates({each: text.words for each, text in texts.items()})
    pairs |= _candidates({each: _rest(text) for each, text in texts.items()})
    for one, other in sorted(pairs):
        found = alike(contents[one], contents[other])
        if found is not Alike.NOTHING:
            yield one, other, found


def _candidates(sets: Mapping[str, AbstractSet[str]]) -> set[tuple[str, str]]:
    """All pairs of sets that are alike enough."""
    uses: dict[str, int] = {}
    for words in sets.values():
        for word in words:
            uses[word] = uses.get(word, 0) + 1
    by_word: dict[str, list[str]] = {}
    for each in sorted(sets):
        rare = sorted(sets[each], key=lambda word: (uses[word], word))
        for word in rare[: prefix_length(len(rare), LIKE_ENOUGH)]:
            by_word.setdefault(word, []).append(each)
    pairs = {pair for each in by_word.values() for pair in combinations(each, 2)}
    return {(one, other) for one, other in pairs if jaccard(sets[one], sets[other]) >= LIKE_ENOUGH - _SLACK}


def _rest(text: Text) -> frozenset[str]:
    """Its words without what makes the difference."""
    return frozenset(plain for word in text.words if (plain := _plain(word)))


@lru_cache(maxsize=10_000)
def _plain(word: str) -> str:
    alone = read(word)
    if word in _EMPTY or negations(alone) or numbers(alone):
        return ""
    return word[:-1] if len(word) >= _SHORTEST_WITH_S and word.endswith("s") else word
