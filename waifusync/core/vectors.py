"""Embeddings as bytes: telling one from any other BLOB, and naming the group it is kept with.

Vectors of two models, or of two lengths, never share a group, so they can never be compared by mistake.
"""

from __future__ import annotations

import hashlib
import math
import re
import sys
from array import array

_FLOAT_BYTES = 4
_SHORTEST = 4 * _FLOAT_BYTES
_UNSAFE = re.compile(r"[^a-z0-9._]+")


def is_vector(blob: bytes) -> bool:
    """Whether these bytes can be float32 numbers, all finite; anything else travels as a plain BLOB."""
    if len(blob) < _SHORTEST or len(blob) % _FLOAT_BYTES:
        return False
    numbers = array("f", blob)
    if sys.byteorder == "big":
        numbers.byteswap()
    # A sum of floats in double precision is finite exactly when each of them is, and is much faster to ask.
    return math.isfinite(sum(numbers))


def group_name(model: str, dimension: int) -> str:
    """Safe on every file system; a hash is added where making it safe could have made two models one."""
    slug = _UNSAFE.sub("_", model.lower()).strip("._")[:40] or "none"
    if slug != model:
        slug += "-" + hashlib.sha256(model.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{slug}-{dimension}"


def vector_digest(blob: bytes) -> str:
    """Sixteen hexadecimal digits that vouch for a vector's bytes."""
    return hashlib.sha256(blob).hexdigest()[:16]


def dimension_of(blob: bytes) -> int:
    """How many numbers a vector has."""
    return len(blob) // _FLOAT_BYTES
