"""Whether a database was written to, without opening it: by what its files and SQLite's headers say.

Readers move neither, nor does the `-wal` that comes and goes with them: an empty one counts as none. Never
called while this process has the file open: closing a file gives up the process's locks on it.
"""

from __future__ import annotations

import os
from pathlib import Path

_DATABASE_HEADER = 100
# One of the two copies of what the index of a -wal says of its end; behind them are the readers' own marks.
_INDEX_HEADER = 48

Touched = tuple[tuple[int, int, int, bytes] | None, ...]


def touched(path: Path) -> Touched:
    """Compares equal until somebody writes; two writes within one tick of the clock differ by the headers."""
    wal = _facts(path.with_name(f"{path.name}-wal"), 0)
    if wal is None or not wal[1]:
        return (_facts(path, _DATABASE_HEADER),)
    index = _facts(path.with_name(f"{path.name}-shm"), _INDEX_HEADER)
    return (_facts(path, _DATABASE_HEADER), wal, index and (0, 0, 0, index[3]))


def _facts(path: Path, count: int) -> tuple[int, int, int, bytes] | None:
    try:
        found = os.stat(path)
        header = b""
        if count:
            with path.open("rb") as file:
                header = file.read(count)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, header
