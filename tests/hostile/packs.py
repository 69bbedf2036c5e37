"""Packs written by hand: little on the way, and more than a machine has when they are unpacked."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from tests.hostile.remotes import Remote

_BLOB, _DELTA = 3, 7
_PIECE = bytes(1 << 20)


class Packed(NamedTuple):
    """The name of an object, and how it lies in a pack."""

    sha: str
    entry: bytes


def zeros(mebibytes: int) -> Packed:
    """A file of nothing but zeros."""
    packer, size = zlib.compressobj(1), mebibytes << 20
    hashed = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    packed = b""
    for _ in range(mebibytes):
        packed += packer.compress(_PIECE)
        hashed.update(_PIECE)
    return Packed(hashed.hexdigest(), _header(_BLOB, size) + packed + packer.flush())


def lie(told: int) -> Packed:
    """A file that says that it is larger than it is."""
    return Packed("ab" * 20, _header(_BLOB, told) + zlib.compress(b"small"))


def growing(*times: int) -> Iterator[Packed]:
    """A kibibyte, and deltas each of which is the one before so many times."""
    size = 1024
    hashed = hashlib.sha1(b"blob %d\0" % size + bytes(size), usedforsecurity=False)
    last = Packed(hashed.hexdigest(), _header(_BLOB, size) + zlib.compress(bytes(size)))
    yield last
    for many in times:
        delta = _varint(size) + _varint(size * many) + _copy(size) * many
        size *= many
        hashed = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        for _ in range(max(1, size >> 20)):
            hashed.update(_PIECE[:size])
        last = Packed(
            hashed.hexdigest(), _header(_DELTA, len(delta)) + bytes.fromhex(last.sha) + zlib.compress(delta)
        )
        yield last


def put(remote: Remote, *objects: Packed) -> None:
    """Into a pack of the remote's, from where git sends it as it is."""
    body = b"PACK" + (2).to_bytes(4, "big") + len(objects).to_bytes(4, "big")
    offsets, sums = [], []
    for each in objects:
        offsets.append(len(body))
        sums.append(zlib.crc32(each.entry))
        body += each.entry
    body += hashlib.sha1(body, usedforsecurity=False).digest()
    folder = remote.path / "objects/pack"
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha1(body, usedforsecurity=False).hexdigest()
    (folder / f"pack-{name}.pack").write_bytes(body)
    (folder / f"pack-{name}.idx").write_bytes(_index(objects, offsets, sums, body[-20:]))


def _index(objects: tuple[Packed, ...], offsets: list[int], sums: list[int], trailer: bytes) -> bytes:
    """Version 2 of git's own, so that git need not unpack anything to make it."""
    ordered = sorted(range(len(objects)), key=lambda place: objects[place].sha)
    firsts = [int(objects[place].sha[:2], 16) for place in ordered]
    fans = b"".join(sum(first <= fan for first in firsts).to_bytes(4, "big") for fan in range(256))
    names = b"".join(bytes.fromhex(objects[place].sha) for place in ordered)
    numbers = b"".join(sums[place].to_bytes(4, "big") for place in ordered)
    places = b"".join(offsets[place].to_bytes(4, "big") for place in ordered)
    whole = b"\xfftOc" + (2).to_bytes(4, "big") + fans + names + numbers + places + trailer
    return whole + hashlib.sha1(whole, usedforsecurity=False).digest()


def _header(kind: int, size: int) -> bytes:
    byte, size = (kind << 4) | (size & 15), size >> 4
    found = bytearray()
    while size:
        found.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    return bytes(found) + bytes([byte])


def _varint(number: int) -> bytes:
    found = bytearray()
    while number >= 0x80:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _copy(size: int) -> bytes:
    """All of what lies before, a piece at a time, since one instruction copies no more."""
    found = b""
    for start in range(0, size, 0xFFFF00):
        length = min(0xFFFF00, size - start)
        found += b"\xff" + start.to_bytes(4, "little") + length.to_bytes(3, "little")
    return found
