"""A SQLite file beside the live database that may vanish at any time: when it is damaged, it is made anew."""

from __future__ import annotations

import contextlib
import fcntl
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from waifusync.memory.connection import BUSY_SECONDS

_SIGNS_OF_DAMAGE = ("malformed", "not a database", "corrupt", "vtable constructor", "no such")
T = TypeVar("T")


def use_cache(path: Path, use: Callable[[sqlite3.Connection], T]) -> T:
    """What `use` gives, being alone with the file; once more with a new file where this one is damaged."""
    try:
        return _use(path, use)
    except sqlite3.DatabaseError as error:
        if not any(sign in str(error) for sign in _SIGNS_OF_DAMAGE):
            raise
        with _alone(path):
            for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
                path.with_name(name).unlink(missing_ok=True)
        return _use(path, use)


def _use(path: Path, use: Callable[[sqlite3.Connection], T]) -> T:
    with _alone(path), contextlib.closing(_open(path)) as connection:
        return use(connection)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path.absolute().as_uri(), uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    try:
        # What the power takes is found to be missing or damaged, and made anew.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        # 32 MB: an index of words is written all over, and is made in half the time.
        connection.execute("PRAGMA cache_size=-32000")
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time brings it up to date; the system lets go when it dies."""
    with path.with_name(f"{path.stem}-lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
