"""Hashes of fields, records and whole states, the same on every device that holds the same.

A state's digest is a sum over its records, so a change costs what changed and order does not matter.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterable, Sequence

from waifusync.core.values import RawText, Stored

try:  # what hashlib has too, but hashlib loads OpenSSL for it: 2 ms of every command
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

FIELD_BYTES = 8
# What stands for a field that has its column's default, or NULL: as if it had never been mentioned.
UNSET = bytes(FIELD_BYTES)
_MODULUS = 1 << 128


def field_hash(value: Stored) -> bytes:
    """Eight bytes that tell one stored value from another, types included."""
    typed = b"s" + value.encode() if type(value) is str else value_bytes(value)
    return blake2b(typed, digest_size=FIELD_BYTES).digest()


def reference_hash(key: str) -> bytes:
    """The hash of a field that refers to the record with this key, whatever its local number."""
    return blake2b(b"k" + key.encode(), digest_size=FIELD_BYTES).digest()


def value_bytes(value: Stored) -> bytes:
    """A stored value as bytes that tell it, and its type, from every other."""
    if isinstance(value, str):
        return b"s" + value.encode()
    if isinstance(value, RawText):
        return b"t" + value
    if isinstance(value, bytes):
        return b"b" + value
    if isinstance(value, float):
        return b"f" + struct.pack(">d", value)
    return b"n" if value is None else b"i%d" % value


def record_hash(collection: str, key: str, fields: Iterable[tuple[str, bytes]]) -> int:
    """A record's part of the state digest, from the hashes of its fields; unset ones do not count."""
    told = sorted((name, hashed) for name, hashed in fields if hashed != UNSET)
    # Lengths before parts, so that no two lists of parts run together to the same bytes.
    parts = [_measured(collection), _measured(key)]
    for name, hashed in told:
        parts += (_measured_name(name), _FIELD_LENGTH, hashed)
    return int.from_bytes(blake2b(b"".join(parts), digest_size=16).digest(), "big")


class RecordHashes:
    """`record_hash` for record after record of the same fields: what they have in common is done once."""

    def __init__(self, collection: str, names: Sequence[str]) -> None:
        self._start = _measured(collection)
        in_order = sorted(range(len(names)), key=names.__getitem__)
        self._fields = [(place, _measured_name(names[place]) + _FIELD_LENGTH) for place in in_order]

    def of(self, key: str, hashes: Sequence[bytes]) -> int:
        """`hashes` in the order of the names."""
        parts = [self._start, _measured(key)]
        for place, name in self._fields:
            if hashes[place] != UNSET:
                parts += (name, hashes[place])
        return int.from_bytes(blake2b(b"".join(parts), digest_size=16).digest(), "big")


def _measured(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(4, "big") + encoded


# Names repeat from record to record; there are as many as columns.
_measured_name = functools.lru_cache(maxsize=4096)(_measured)
_FIELD_LENGTH = FIELD_BYTES.to_bytes(4, "big")


def add(total: int, *, added: int = 0, removed: int = 0) -> int:
    """The digest after one record's hash replaced another."""
    return (total + added - removed) % _MODULUS


def to_text(total: int) -> str:
    """As it is shown and compared: 32 hexadecimal digits."""
    return f"{total:032x}"
