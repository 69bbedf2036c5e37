"""What a power cut takes: everything that was written into a file after it was last synced.

Names survive in their order, as on a journalling file system that keeps no order between names and data:
so a file that was written beside and put in place unsynced is there, and empty.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from tests.crashing.calls import Kind
from tests.crashing.stopping import Stop

_Inode = tuple[int, int]


class Unsynced:
    """Files that were written since they were synced, with what they held then."""

    def __init__(self) -> None:
        self._held: dict[_Inode, bytes] = {}

    def see(self, stop: Stop, path: str) -> None:
        """A call that is about to be made."""
        file = path if stop.call.is_path else f"/proc/{stop.pid}/fd/{stop.arguments[stop.call.file]}"
        if stop.call.kind is Kind.NAME or not os.path.isfile(file):
            return
        inode = _inode(file)
        if stop.call.kind is Kind.SYNC:
            self._held.pop(inode, None)
        elif inode not in self._held and (stop.call.kind is Kind.DATA or _empties(stop)):
            with open(file, "rb") as now:
                self._held[inode] = now.read()

    def lose(self, place: str) -> None:
        """Puts back what each file below `place` held when it was last synced."""
        for path in _files(place):
            before = self._held.get(_inode(path))
            if before is not None:
                with open(path, "wb") as file:
                    file.write(before)


def _empties(stop: Stop) -> bool:
    return stop.call.flags is None or bool(stop.arguments[stop.call.flags] & os.O_TRUNC)


def _inode(path: str) -> _Inode:
    found = os.stat(path)
    return found.st_dev, found.st_ino


def _files(place: str) -> Iterator[str]:
    for folder, _, names in os.walk(place):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                yield path
