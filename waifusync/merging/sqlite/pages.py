"""Which rows can have changed, from the pages of two files: what lies on equal pages of one table is equal.

A side of a merge descends from base by small steps, so nearly all of its pages are as they were. Comparing
bytes, and reading which row numbers the leaves that differ can hold, costs a fraction of comparing every
column of every row in SQL. Only a hint where to look: each row there is compared by SQL all the same. Where a
page differs that is no page of a table or an index (a long row's overflow, mostly), every row is compared.

https://www.sqlite.org/fileformat2.html: a page begins with its type; an array of offsets finds its cells.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple

_INTERIOR_INDEX, _INTERIOR_TABLE, _LEAF_INDEX, _LEAF_TABLE = 0x02, 0x05, 0x0A, 0x0D
_STRIDE = 1 << 14  # fits the nearest cache: twice as fast as longer ones
_HELD = 1 << 22  # of each file at a time: mapped pages count as memory until they are given back
_DEEPEST = 20
_FILE_HEADER = 100
_LEAST, _GREATEST = -(1 << 63), (1 << 63) - 1
_page_number = struct.Struct(">I").unpack_from

Ranges = list[tuple[int, int]]


class Unsure(Exception):
    """The files are not of the kind that can be compared by pages."""


class Near(NamedTuple):
    """Row numbers, as ranges with both ends: where the side may hold something else, and where base may."""

    there: Ranges
    before: Ranges


# A page of a tree, and where the greatest row number that it may hold is written; 0 at the end of the table.
_Placed = tuple[int, int]


class Pages:
    """A side's file beside base's, which has the same page size."""

    def __init__(self, base: File, side: File) -> None:
        if base.size != side.size:
            raise Unsure
        self._base, self._side = base, side
        self._changed = set(self._different_pages())

    def _different_pages(self) -> Iterator[int]:
        """Numbers of pages that are not the same bytes in both, from 1."""
        size, base, side = self._base.size, self._base.data, self._side.data
        most = max(len(base), len(side))
        stride = max(_STRIDE, size)
        for start in range(0, most, stride):
            if start % _HELD == 0:
                self._base.let_go(start)
                self._side.let_go(start)
            if base[start : start + stride] != side[start : start + stride]:
                for at in range(start, min(start + stride, most), size):
                    if base[at : at + size] != side[at : at + size]:
                        yield at // size + 1

    def covers(self, roots_before: list[int], roots_there: list[int]) -> bool:
        """Whether every page that differs is a page of these trees, or page 1: no overflow hides a change."""
        left = self._changed - {1}
        for file, roots in ((self._base, roots_before), (self._side, roots_there)):
            left.difference_update(*(file.tree(root) for root in roots), file.free_pages())
        return not left

    def near(self, root_before: int, root_there: int) -> Near:
        """Of a table with row numbers, by its root pages."""
        old, new = self._base.tree(root_before), self._side.tree(root_there)
        return Near(
            self._side.ranges(root_there, self._changed | (new - old)),
            self._base.ranges(root_before, self._changed | (old - new)),
        )

    def is_untouched(self, root_before: int, root_there: int) -> bool:
        """Whether a tree is the same, of whatever kind it is."""
        pages = self._side.tree(root_there)
        return pages.isdisjoint(self._changed) and pages == self._base.tree(root_before)


class File:
    """One database file, read by pages."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        file = stack.enter_context(path.open("rb"))
        self.data = stack.enter_context(closing(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)))
        size = int.from_bytes(self.data[16:18], "big")
        self.size = 65536 if size == 1 else size
        if self.size < 512 or len(self.data) % self.size:
            raise Unsure
        self._trees: dict[int, tuple[set[int], list[_Placed]]] = {}

    def let_go(self, end: int) -> None:
        """Tells the system that what was read before `end` need not stay in memory, where it can be told."""
        if end and hasattr(mmap, "MADV_DONTNEED") and end <= len(self.data):
            self.data.madvise(mmap.MADV_DONTNEED, end - _HELD, _HELD)

    def tree(self, root: int) -> set[int]:
        """All its pages."""
        return self._walk(root)[0]

    def _walk(self, root: int) -> tuple[set[int], list[_Placed]]:
        """From the root down, one level at a time: all leaves of a tree lie on one level."""
        if root not in self._trees:
            pages, level = {root}, [(root, 0)]
            for _ in range(_DEEPEST):
                if self._kind(level[0][0]) in (_LEAF_TABLE, _LEAF_INDEX):
                    self._trees[root] = pages, level
                    break
                level = [child for page, bound in level for child in self._children(page, bound)]
                below = {page for page, _ in level}
                if len(below) < len(level) or not pages.isdisjoint(below):
                    raise Unsure
                pages |= below
            else:
                raise Unsure
        return self._trees[root]

    def _children(self, page: int, bound: int) -> list[_Placed]:
        if self._kind(page) not in (_INTERIOR_TABLE, _INTERIOR_INDEX):
            raise Unsure
        data = self.data
        children = [(_page_number(data, offset)[0], offset + 4) for offset in self._cells(page, 12)]
        children.append((_page_number(data, self._start(page) + 8)[0], bound))
        return children

    def _kind(self, page: int) -> int:
        return self.data[self._start(page)]

    def _start(self, page: int) -> int:
        start = (page - 1) * self.size
        if page < 1 or start >= len(self.data):
            raise Unsure
        return start + (_FILE_HEADER if page == 1 else 0)

    def _cells(self, page: int, header: int) -> list[int]:
        """Where in the file each cell begins."""
        start, origin = self._start(page), (page - 1) * self.size
        count = int.from_bytes(self.data[start + 3 : start + 5], "big")
        if start + header + 2 * count > origin + self.size:
            raise Unsure
        array = self.data[start + header : start + header + 2 * count]
        return [origin + offset for offset in struct.unpack(f">{count}H", array)]

    def ranges(self, root: int, wanted: set[int]) -> Ranges:
        """The row numbers that the wanted leaves of a table may hold; neighbours joined."""
        found: Ranges = []
        previous = 0
        for page, bound in self._walk(root)[1]:
            if page in wanted:
                low = self._bound(previous) + 1 if previous else _LEAST
                high = self._bound(bound)
                if found and found[-1][1] + 1 == low:
                    found[-1] = (found[-1][0], high)
                else:
                    found.append((low, high))
            previous = bound
        return found

    def _bound(self, offset: int) -> int:
        if not offset:
            return _GREATEST
        row = _varint(self.data, offset)
        return row - (1 << 64) if row > _GREATEST else row

    def free_pages(self) -> Iterator[int]:
        """Pages that hold nothing, by the list of them."""
        trunk = _page_number(self.data, 32)[0]
        for _ in range(len(self.data) // self.size):
            if not trunk:
                return
            start = self._start(trunk)
            following, count = struct.unpack_from(">II", self.data, start)
            if count > self.size // 4:
                raise Unsure
            yield trunk
            yield from struct.unpack_from(f">{count}I", self.data, start + 8)
            trunk = following


def _varint(data: mmap.mmap, at: int) -> int:
    value = 0
    for place in range(8):
        byte = data[at + place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value
    return value << 8 | data[at + 8]
