"""`weighted_merge`: one value out of several edits of one field that had not seen each other.

    all numbers           their mean, by confidence and recency; integers stay one, rounded
    all vectors of a kind the mean of each number, likewise
    all texts             what each changed of their common past, woven (core/text_weaving.py)
    anything else         the latest edit's

A function of the set of these edits, exact on every machine: fractions, and no mathematics of the platform's.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction

from waifusync.core import clock
from waifusync.core.entry import Entry
from waifusync.core.text_weaving import weave
from waifusync.core.values import Travel, vector_address
from waifusync.core.vectors import FLOAT_BYTES
from waifusync.values import NamedTuple

# An edit that is so much older than the newest of them counts half as much. Whole days count.
HALF_AFTER_DAYS = 30
_DAY_MILLISECONDS = 24 * 3600 * 1000
CONFIDENCE = "confidence"
# Of float32; a mean may be rounded beyond it.
_GREATEST = (2 - 2**-23) * 2.0**127


class Said(NamedTuple):
    """What one edit says of a field; `content` are the bytes of a vector, None for all else."""

    rank: tuple[int, str, int]
    value: Travel
    at: int
    confidence: Fraction = Fraction(1)
    content: bytes | None = None


class Merged(NamedTuple):
    """The value, as `Said` has it; `is_disputed`: two texts changed one sentence, where the later stands."""

    value: Travel
    content: bytes | None = None
    is_disputed: bool = False


def said(entry: Entry, field: str, content: bytes | None = None) -> Said:
    """An entry's word; its confidence is what the same entry tells in a field of that name, else 1."""
    fields = entry.fields or {}
    confidence = _share(fields.get(CONFIDENCE))
    return Said(entry.rank, fields[field], clock.milliseconds_of(entry.time), confidence, content)


def _share(told: Travel) -> Fraction:
    return Fraction(told) if isinstance(told, (int, float)) and 0 <= told <= 1 else Fraction(1)


def merged(words: Sequence[Said], base: Travel, *, weaves: bool = True) -> Merged:
    """One value out of two or more; `base` is what they were changed from, None where that is nothing.

    Without `weaves` of texts the latest stands.
    """
    ordered = sorted(words, key=lambda each: each.rank)
    values = [each.value for each in ordered]
    if all(isinstance(each, (int, float)) for each in values):
        return Merged(_mean(ordered))
    kinds = set(map(_kind_of_vector, ordered))
    if len(kinds) == 1 and None not in kinds:
        return Merged(values[-1], _mean_vector(ordered))
    if weaves and isinstance(base, str) and all(isinstance(each, str) for each in values):
        return _woven(base, [str(each) for each in values])
    return Merged(values[-1], ordered[-1].content, is_disputed=True)


def weights(words: Sequence[Said]) -> list[Fraction]:
    """Confidence times recency; all alike where nobody is confident at all."""
    newest = max(each.at for each in words)
    found = [each.confidence * _recency(newest - each.at) for each in words]
    return found if any(found) else [Fraction(1)] * len(words)


def _recency(age_milliseconds: int) -> Fraction:
    return Fraction(HALF_AFTER_DAYS, HALF_AFTER_DAYS + age_milliseconds // _DAY_MILLISECONDS)


def _mean(words: Sequence[Said]) -> int | float:
    shares = weights(words)
    numbers = [Fraction(each.value) for each in words]  # type: ignore[arg-type]  # the caller saw numbers
    mean = sum((a * b for a, b in zip(shares, numbers, strict=True)), Fraction(0)) / sum(shares)
    return round(mean) if all(isinstance(each.value, int) for each in words) else float(mean)


def _kind_of_vector(word: Said) -> tuple[str, int] | None:
    """Vectors of one model and length can be mixed."""
    address = vector_address(word.value)
    return (address[0], len(word.content)) if address and word.content else None


def _mean_vector(words: Sequence[Said]) -> bytes:
    """Each step rounded as IEEE says, in the order of the ranks: the same bytes everywhere."""
    shares = weights(words)
    total = sum(shares)
    parts = [float(each / total) for each in shares]
    count = len(words[0].content or b"") // FLOAT_BYTES
    vectors = [struct.unpack(f"<{count}f", each.content or b"") for each in words]
    mean = [0.0] * count
    for part, vector in zip(parts, vectors, strict=True):
        mean = [known + part * number for known, number in zip(mean, vector, strict=True)]
    return struct.pack(f"<{count}f", *(max(-_GREATEST, min(_GREATEST, each)) for each in mean))


def _woven(base: str, texts: Sequence[str]) -> Merged:
    if any(text.lstrip()[:1] in ("{", "[") for text in texts):  # JSON, maybe: half of each would be neither
        return Merged(texts[-1], is_disputed=True)
    text, is_disputed = texts[0], False
    for later in texts[1:]:
        text, is_here_too = weave(base, text, later)
        is_disputed |= is_here_too
    return Merged(text, is_disputed=is_disputed)
