"""A vector for a text without any model: its letters, three by three, hashed into a fixed number of places.

Texts that share spellings are near each other; meaning is nothing to it. The same on every machine: whole
numbers are counted, and one division follows.
"""

from __future__ import annotations

import hashlib
import math
import unicodedata

MODEL = "waifusync-ngrams-1"
DIMENSION = 256
_LETTERS = 3
# So much of a text is enough to tell what it is about.
_LONGEST = 20_000


def ngram_vector(text: str) -> list[float]:
    """Of length 1; all zeros but the first where there is nothing to count."""
    counts = [0] * DIMENSION
    for gram in _grams(text):
        hashed = int.from_bytes(
            hashlib.blake2b(gram.encode("utf-8", "replace"), digest_size=8).digest(), "big"
        )
        counts[hashed % DIMENSION] += 1 if hashed >> 63 else -1
    length = math.sqrt(sum(count * count for count in counts))
    return [count / length for count in counts] if length else [1.0, *[0.0] * (DIMENSION - 1)]


def _grams(text: str) -> list[str]:
    """Capitals, accents' encodings and white space make no difference."""
    plain = f" {' '.join(unicodedata.normalize('NFKC', text[:_LONGEST]).casefold().split())} "
    return [plain[start : start + _LETTERS] for start in range(len(plain) - _LETTERS + 1)]
