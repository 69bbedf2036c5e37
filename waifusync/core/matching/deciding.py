"""The one rule that makes a decision of words and vectors.

                               cosine
    words                      none        from the threshold    grey        below
    from the threshold         same        same                  same        review
    grey                       review      same                  review      different
    below                      different   review                different   different

Grey begins GREY below the threshold. Texts with one normal form count as same without looking at vectors.
Before: what vetoes.py forbids is different. After: where it has doubts, same becomes review; so vectors
alone fuse nothing, unless a person asks for just them (Method.EMBEDDING): same, review, different.
"""

from __future__ import annotations

import enum

from waifusync.core.matching.likeness import Likeness, likeness
from waifusync.core.matching.vetoes import Told, doubt, forbidden, told
from waifusync.values import NamedTuple

THRESHOLD = 0.9
GREY = 0.1
# How much likeness it takes, by who told of the memory: a person repeats themselves, a stranger imitates.
BY_TRUST = {"person": 0.80, "known": 0.85}
# Ratios of whole numbers are compared with decimals of a person's.
_SLACK = 1e-9


class Verdict(str, enum.Enum):
    """What two memories are to each other."""

    SAME = "same"
    REVIEW = "review"
    DIFFERENT = "different"


class Method(str, enum.Enum):
    """What is looked at."""

    JACCARD = "jaccard"
    EMBEDDING = "embedding"
    BOTH = "both"


class Decision(NamedTuple):
    """`words` is the likeness of the less alike of what was said and what was answered; `why` says what
    forbade more, or raised a doubt."""

    verdict: Verdict
    words: float
    cosine: float | None = None
    why: str = ""

    @property
    def strength(self) -> tuple[bool, float, float]:
        """The best match has the greatest."""
        return self.verdict is Verdict.SAME, self.words, self.cosine or 0.0


_HIGH, _GREY, _LOW, _NONE = range(4)
_S, _R, _D = Verdict.SAME, Verdict.REVIEW, Verdict.DIFFERENT
_RULE = {
    _HIGH: {_NONE: _S, _HIGH: _S, _GREY: _S, _LOW: _R},
    _GREY: {_NONE: _R, _HIGH: _S, _GREY: _R, _LOW: _D},
    _LOW: {_NONE: _D, _HIGH: _R, _GREY: _D, _LOW: _D},
}
_COSINE_ALONE = {_NONE: _D, _HIGH: _S, _GREY: _R, _LOW: _D}


def decide(
    ours: Told,
    theirs: Told,
    *,
    threshold: float | None = None,
    method: Method = Method.BOTH,
    cosine: float | None = None,
) -> Decision:
    """Symmetric, and the same on every device. `threshold` None goes by trust: see `threshold_for`."""
    limit = threshold_for(ours.trust, theirs.trust) if threshold is None else threshold
    said, answered = likeness(ours.said, theirs.said), likeness(ours.answered, theirs.answered)
    parts = _parts(ours, theirs, said, answered)
    vector = None if method is Method.JACCARD else cosine
    if not parts:
        return Decision(Verdict.DIFFERENT, 0.0, vector, "no words")
    words = min(part.words for part in parts)
    if why := forbidden(ours, theirs, said, answered, limit - GREY):
        return Decision(Verdict.DIFFERENT, words, vector, why)
    verdict = _by_rule(parts, _level(words, limit), _level(vector, limit), method)
    why = doubt(ours, theirs, parts if method is not Method.EMBEDDING else ())
    if verdict is Verdict.SAME and why:
        return Decision(Verdict.REVIEW, words, vector, why)
    return Decision(verdict, words, vector)


def _by_rule(parts: tuple[Likeness, ...], words: int, cosine: int, method: Method) -> Verdict:
    if all(part.is_exact for part in parts):
        return Verdict.SAME
    return _COSINE_ALONE[cosine] if method is Method.EMBEDDING else _RULE[words][cosine]


def decide_texts(
    ours: str, theirs: str, *, threshold: float | None = None, cosine: float | None = None
) -> Decision:
    """The same for two texts that nobody answered, such as pieces of knowledge."""
    return decide(told(ours), told(theirs), threshold=threshold, cosine=cosine)


def threshold_for(*trusts: str) -> float:
    """The highest that any of them asks for."""
    return max((BY_TRUST.get(each, THRESHOLD) for each in trusts), default=THRESHOLD)


def _parts(ours: Told, theirs: Told, said: Likeness, answered: Likeness) -> tuple[Likeness, ...]:
    """Those of the two halves in which either has words: what one only has is no likeness."""
    halves = ((ours.said, theirs.said, said), (ours.answered, theirs.answered, answered))
    return tuple(found for mine, other, found in halves if mine.words or other.words)


def _level(value: float | None, threshold: float) -> int:
    if value is None:
        return _NONE
    if value + _SLACK >= threshold:
        return _HIGH
    return _GREY if value + _SLACK >= threshold - GREY else _LOW
