"""Vector files: plain float32 matrices in numpy's own format, written and read without numpy.

The header is read strictly, since its numbers say how much to read: one that does not fit is refused.
A vector is known by group, ordinal and the hash of its bytes, so one that changed is never handed out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

from waifusync.core.vectors import vector_digest
from waifusync.log.source import Recent, Source, device_id, runs, vector_segments
from waifusync.patterns import pattern

if TYPE_CHECKING:
    from waifusync.core.segments import Segment

_MAGIC = b"\x93NUMPY\x01\x00"
_ALIGNMENT = 64
_HEADER = pattern(
    rb"\{'descr': '<f4', 'fortran_order': False, 'shape': \(([0-9]{1,10}), ([0-9]{1,10})\), \} *\n"
)
_CACHE_BYTES = 16 * 1024 * 1024


class MalformedArray(ValueError):
    """A file that is not a little-endian float32 matrix of exactly the size its header says."""


def npy_header(rows: int, dimension: int) -> bytes:
    """The bytes before the numbers; as long as a multiple of 64, as numpy wants it for memory mapping."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {dimension}), }}"
    # Two bytes of length and the newline are part of what is aligned.
    padding = -(len(_MAGIC) + 2 + len(text) + 1) % _ALIGNMENT
    header = text.encode() + b" " * padding + b"\n"
    return _MAGIC + len(header).to_bytes(2, "little") + header


def npy_bytes(rows: Sequence[bytes], dimension: int) -> bytes:
    """A file of these vectors. Raises ValueError when one is of another dimension."""
    from waifusync.core.vectors import FLOAT_BYTES

    if any(len(row) != dimension * FLOAT_BYTES for row in rows):
        raise ValueError(f"a vector that has not {dimension} numbers")
    return npy_header(len(rows), dimension) + b"".join(rows)


def parse_npy_header(data: bytes) -> tuple[int, int, int]:
    """Rows, dimension, and where the numbers begin. Raises MalformedArray."""
    from waifusync.core.vectors import FLOAT_BYTES

    length = int.from_bytes(data[8:10], "little")
    match = _HEADER.fullmatch(data, 10, 10 + length)
    if data[:8] != _MAGIC or match is None or len(data) < 10 + length:
        raise MalformedArray("not a float32 matrix in version 1.0 of numpy's format")
    rows, dimension, offset = int(match[1]), int(match[2]), 10 + length
    if dimension == 0 or len(data) - offset != rows * dimension * FLOAT_BYTES:
        raise MalformedArray(f"{rows} x {dimension} numbers do not fit into {len(data) - offset} bytes")
    return rows, dimension, offset


class VectorReader:
    """Vectors of one tree by device, group and ordinal; make another one when the tree changed."""

    def __init__(self, source: Source, *, cache_bytes: int = _CACHE_BYTES) -> None:
        self._source = source
        self._segments: dict[tuple[str, str], list[Segment]] = {}
        for (folder, group), segments in vector_segments(source.paths()).items():
            chosen = [each for run in runs(segments, start=0) for each in run]
            self._segments.setdefault((device_id(folder), group), chosen)
        self._files = Recent(self._load, lambda file: len(file[0]), most_bytes=cache_bytes)

    def vector(self, device: str, group: str, ordinal: int, digest: str) -> bytes | None:
        """None when it is missing, or not the one of that digest. `device` is an id or a folder's name."""
        found = self.unchecked(device, group, ordinal)
        return found if found is not None and vector_digest(found) == digest else None

    def unchecked(self, device: str, group: str, ordinal: int) -> bytes | None:
        """Whatever lies at that ordinal; None when nothing does."""
        segments = self._segments.get((device_id(device), group), [])
        place = bisect_right(segments, ordinal, key=lambda each: each.first) - 1
        if place < 0 or ordinal > segments[place].last:
            return None
        data, offset, size = self._files.get(segments[place].path)
        start = offset + (ordinal - segments[place].first) * size
        return data[start : start + size] if size and start + size <= len(data) else None

    def _load(self, path: str) -> tuple[bytes, int, int]:
        from waifusync.core.vectors import FLOAT_BYTES

        try:
            data = self._source.blob(path)
            _, dimension, offset = parse_npy_header(data)
        except (LookupError, MalformedArray):
            return b"", 0, 0
        return data, offset, dimension * FLOAT_BYTES
