"""Which rows can have changed, from the pages of two files: what lies on equal pages of one table is equal.

A side of a merge descends from base by small steps, so nearly all of its pages are as they were. Comparing
bytes, and reading which row numbers the leaves that differ can hold, costs a fraction of comparing every
column of every row in SQL. Only a hint where to look: each row there is compared by SQL all the same. Where a
page differs that is no page of a table or an index (a long row's overflow, mostly), every row is compared.

https://www.sqlite.org/fileformat2.html: a page begins with its type; an array of offsets finds its cells.
"""

from __future__ import annotations

import os
import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from waifusync.merging.sqlite.whole_pages import Page, is_whole, read_varint
from waifusync.values import NamedTuple

_INTERIOR_INDEX, _INTERIOR_TABLE, _LEAF_INDEX, _LEAF_TABLE = 0x02, 0x05, 0x0A, 0x0D
_STRIDE = 1 << 15  # twice as fast as more at a time
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


def different_pages(base: File, sides: Sequence[File]) -> list[set[int]]:
    """For each side, the numbers of pages that are not as in base, from 1; base is read once."""
    if any(side.size != base.size for side in sides):
        raise Unsure
    found: list[set[int]] = [set() for _ in sides]
    stride = max(_STRIDE, base.size)
    for start in range(0, max(file.length for file in (base, *sides)), stride):
        was = base.read(stride, start)
        for side, changed in zip(sides, found):
            now = side.read(stride, start)
            if now != was:
                changed.update(_different(was, now, base.size, start))
    return found


def _different(was: bytes, now: bytes, size: int, start: int) -> Iterator[int]:
    for at in range(0, max(len(was), len(now)), size):
        if was[at : at + size] != now[at : at + size]:
            yield (start + at) // size + 1


class Pages:
    """A side's file beside base's, which has the same page size."""

    def __init__(self, base: File, side: File, changed: set[int]) -> None:
        self._base, self._side = base, side
        self._changed = changed

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

    def are_whole(self, root_there: int, rows: Iterable[int]) -> bool:
        """Whether none of these rows can be hidden by damage: the pages where they would be, and all above
        them that differ from base's."""
        return self._side.are_whole(root_there, rows, self._changed)

    def is_untouched(self, root_before: int, root_there: int) -> bool:
        """Whether a tree is the same, of whatever kind it is."""
        pages = self._side.tree(root_there)
        return pages.isdisjoint(self._changed) and pages == self._base.tree(root_before)


class File:
    """One database file, read by pages: mapped, all that is looked at would count as memory."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self._file = stack.enter_context(path.open("rb"))
        header = self._file.read(_FILE_HEADER)
        size = int.from_bytes(header[16:18], "big")
        self.size = 65536 if size == 1 else size
        self.length = os.fstat(self._file.fileno()).st_size
        if self.size < 512 or self.length % self.size:
            raise Unsure
        self._usable = self.size - header[20]
        self._first_free = _page_number(header, 32)[0]
        self._trees: dict[int, tuple[set[int], list[_Placed]]] = {}
        self._interior: dict[int, bytes] = {}

    def read(self, length: int, at: int) -> bytes:
        """Fewer bytes at the end."""
        return os.pread(self._file.fileno(), length, at)

    def _page(self, page: int) -> tuple[bytes, int]:
        """Its bytes, and where its header begins in them."""
        if page < 1 or page * self.size > self.length:
            raise Unsure
        data = self.read(self.size, (page - 1) * self.size)
        return data, _FILE_HEADER if page == 1 else 0

    def tree(self, root: int) -> set[int]:
        """All its pages."""
        return self._walk(root)[0]

    def _walk(self, root: int) -> tuple[set[int], list[_Placed]]:
        """From the root down, one level at a time: all leaves of a tree lie on one level."""
        if root not in self._trees:
            pages, level = {root}, [(root, 0)]
            for _ in range(_DEEPEST):
                data, start = self._page(level[0][0])
                if data[start] in (_LEAF_TABLE, _LEAF_INDEX):
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
        data, start = self._page(page)
        if data[start] not in (_INTERIOR_TABLE, _INTERIOR_INDEX):
            raise Unsure
        self._interior[page - 1] = data
        (count,) = struct.unpack_from(">H", data, start + 3)
        cells = struct.unpack_from(f">{count}H", data, start + 12)
        origin = (page - 1) * self.size + 4
        children = [(_page_number(data, cell)[0], origin + cell) for cell in cells]
        children.append((_page_number(data, start + 8)[0], bound))
        return children

    def are_whole(self, root: int, rows: Iterable[int], changed: set[int]) -> bool:
        """The leaves in which the rows of a table belong, those beside them, and what is above that changed.

        A key above that is damaged and still ascends leads to a neighbour.
        """
        pages, level = self._walk(root)
        found = {bisect_left(level, row, key=lambda placed: self._bound(placed[1])) for row in rows}
        near = {place + step for place in found for step in (-1, 0, 1)} & set(range(len(level)))
        above = {page for page in pages & changed if page - 1 in self._interior}
        return all(self._is_whole(page) for page in above) and all(
            self._is_whole(level[place][0], *self._limits(level, place)) for place in near
        )

    def _is_whole(self, page: int, low: int = _LEAST, high: int = _GREATEST) -> bool:
        return is_whole(Page(*self._page(page), self._usable, low, high))

    def _limits(self, level: list[_Placed], place: int) -> tuple[int, int]:
        """The least and the greatest row number that belong in this leaf."""
        low = self._bound(level[place - 1][1]) + 1 if place else _LEAST
        return low, self._bound(level[place][1])

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
        row, _ = read_varint(self._interior[offset // self.size], offset % self.size)
        return row - (1 << 64) if row > _GREATEST else row

    def free_pages(self) -> Iterator[int]:
        """Pages that hold nothing, by the list of them."""
        trunk = self._first_free
        for _ in range(self.length // self.size):
            if not trunk:
                return
            data, start = self._page(trunk)
            following, count = struct.unpack_from(">II", data, start)
            if count > self.size // 4:
                raise Unsure
            yield trunk
            yield from struct.unpack_from(f">{count}I", data, start + 8)
            trunk = following
