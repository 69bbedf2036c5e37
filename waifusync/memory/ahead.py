"""Lines of logs that are read before the lock is taken: whoever writes is not to wait for git as well."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Protocol

from waifusync.core.entry import Entry

# What is taken at once, before the clock is looked at again; and how many bytes of it, which are in memory.
_SOME = 128
_SOME_BYTES = 1 << 20
# What is read at once, before a transaction: more than one has time for.
_AHEAD = 2048
_AHEAD_BYTES = 4 << 20


class Line(Protocol):
    """An entry, the chain hash of its line, and the line."""

    @property
    def entry(self) -> Entry: ...
    @property
    def chain(self) -> str: ...
    @property
    def raw(self) -> bytes: ...


class Ahead:
    """Some thousand at a time, so that memory does not follow the history."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._read: deque[Line] = deque()

    def has_more(self) -> bool:
        """Reads on where all was taken; outside of transactions."""
        if not self._read:
            self._read.extend(_some(self._lines, most=_AHEAD, most_bytes=_AHEAD_BYTES))
        return bool(self._read)

    def take(self) -> list[Line]:
        """The next of them; none when those that were read are all taken."""
        taken = _some(iter(self._read), most=_SOME, most_bytes=_SOME_BYTES)
        for _ in taken:
            self._read.popleft()
        return taken


def _some(lines: Iterator[Line], *, most: int, most_bytes: int) -> list[Line]:
    some, size = [], 0
    for line in islice(lines, most):
        some.append(line)
        size += len(line.raw)
        if size > most_bytes:
            break
    return some
