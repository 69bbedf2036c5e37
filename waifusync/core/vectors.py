"""Embeddings as bytes: telling one from any other BLOB, and naming the group it is kept with.

Vectors of two models, or of two lengths, never share a group, so they can never be compared by mistake.
"""

from __future__ import annotations

import hashlib
import math
import re
import sys
from array import array

FLOAT_BYTES = 4
_LONGEST_SLUG = 48


def is_vector(blob: bytes) -> bool:
    """Whether these bytes can be four or more float32 numbers, all finite."""
    if len(blob) < 4 * FLOAT_BYTES or len(blob) % FLOAT_BYTES:
        return False
    numbers = array("f")
    numbers.frombytes(blob)
    if sys.byteorder == "big":
        numbers.byteswap()
    # Made in double precision, which finite float32 cannot overflow, so it is finite exactly if all are.
    return math.isfinite(sum(numbers))


def group_name(model: str, dimension: int) -> str:
    """A folder name for the vectors of one model and dimension; different models never share one."""
    slug = re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")[:_LONGEST_SLUG]
    if slug != model or not slug:
        # "_" occurs in no other slug, so what was changed cannot meet a model that is called just that.
        slug = f"{slug or 'model'}_{hashlib.sha256(model.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    return f"{slug}-{dimension}"


def vector_digest(vector: bytes) -> str:
    """Sixteen hexadecimal digits that a log entry knows a vector by."""
    return hashlib.sha256(vector).hexdigest()[:16]


def dimension_of(vector: bytes) -> int:
    """How many numbers a vector has."""
    return len(vector) // FLOAT_BYTES
