"""How much a database may make SQLite do. A file of a few pages can ask for endless work, or for gigabytes.

An honest merge takes up to four steps of SQLite's machine for each byte of its files, and no value is longer
than the file in which it lies.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path

_STEPS_AT_LEAST = 20_000_000  # a fifth of a second
_STEPS_FOR_A_BYTE = 100
_STEPS_AT_ONCE = 100_000
_LENGTH_AT_LEAST = 1 << 17


class _Steps:
    """Asks SQLite to stop, by an OperationalError, when they are used up."""

    def __init__(self, allowed: int) -> None:
        self._left = allowed

    def __call__(self) -> bool:
        self._left -= _STEPS_AT_ONCE
        return self._left < 0


def bound(connection: sqlite3.Connection, files: Iterable[Path]) -> None:
    """By the sizes of the files that are read; they must be there."""
    sizes = [file.stat().st_size for file in files]
    steps = _Steps(_STEPS_AT_LEAST + _STEPS_FOR_A_BYTE * sum(sizes))
    connection.set_progress_handler(steps, _STEPS_AT_ONCE)
    if sys.version_info >= (3, 11):
        # Twice, because text grows when it is recoded.
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LENGTH_AT_LEAST + 2 * max(sizes))
