"""Whether one page of a table hides a row: as SQLite's own quick_check looks at it, and only there.

Behind its first cell, every byte of a page belongs to a cell that it names, to a free block, or to the few
that its header counts as lost; and the row numbers ascend. A page that names fewer cells than it holds leaves
a gap.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import pairwise

from waifusync.values import NamedTuple

INTERIOR, LEAF = 0x05, 0x0D
_HEADER_BYTES = {INTERIOR: 12, LEAF: 8}
_LEAST_CELL = 4
_BLOCK = struct.Struct(">HH")

Span = tuple[int, int]


class Page(NamedTuple):
    """`start` is where its header begins, `usable` what the file does not reserve at its end; `low` and
    `high` are the least and the greatest row number that belong in it."""

    data: bytes
    start: int
    usable: int
    low: int = -(1 << 63)
    high: int = (1 << 63) - 1


def is_whole(page: Page) -> bool:
    """False for a page of another kind as well, and for one that cannot be read as what it says it is."""
    try:
        return _is_whole(page)
    except (struct.error, IndexError, KeyError):
        return False


def _is_whole(page: Page) -> bool:
    free, count, content, lost = struct.unpack_from(">HHHB", page.data, page.start + 1)
    first = page.start + _HEADER_BYTES[page.data[page.start]]
    places = struct.unpack_from(f">{count}H", page.data, first)
    cells = [_cell(page, place) for place in places]
    numbers = [number for _, number in cells]
    spans = sorted([*(span for span, _ in cells), *_free_blocks(page.data, free)])
    content = content or 1 << 16
    bounded = [page.low - 1, *numbers, page.high + 1]
    is_ascending = all(one < other for one, other in pairwise(bounded))
    return is_ascending and content >= first + 2 * count and _gaps(spans, content, page.usable) == lost


def _gaps(spans: list[Span], start: int, end: int) -> int:
    """The bytes between them; -1 where two overlap, or one lies beyond."""
    gaps = 0
    for low, high in [*spans, (end, end)]:
        if low < start:
            return -1
        gaps += low - start
        start = high
    return gaps


def _free_blocks(data: bytes, place: int) -> Iterator[Span]:
    while place:
        following, size = _BLOCK.unpack_from(data, place)
        yield place, place + size
        if following and following <= place:
            raise IndexError("free blocks go backwards")
        place = following


def _cell(page: Page, place: int) -> tuple[Span, int]:
    """Where it lies, and the row number that it is known by."""
    if page.data[page.start] == INTERIOR:
        number, end = read_varint(page.data, place + 4)
        return (place, end), _signed(number)
    payload, after = read_varint(page.data, place)
    number, after = read_varint(page.data, after)
    end = after + _bytes_here(payload, page.usable)
    return (place, max(end, place + _LEAST_CELL)), _signed(number)


def _bytes_here(payload: int, usable: int) -> int:
    """Of a payload, what stands in the page itself; of the rest, the number of the first overflow page."""
    most = usable - 35
    if payload <= most:
        return payload
    least = (usable - 12) * 32 // 255 - 23
    kept = least + (payload - least) % (usable - 4)
    return (kept if kept <= most else least) + 4


def read_varint(data: bytes, place: int) -> tuple[int, int]:
    """SQLite's number of one to nine bytes, and where it ends."""
    value = 0
    for at in range(place, place + 8):
        byte = data[at]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + 1
    return value << 8 | data[place + 8], place + 9


def _signed(number: int) -> int:
    return number - (1 << 64) if number >= 1 << 63 else number
