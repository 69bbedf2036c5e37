"""Mending what a power cut leaves of our own refs below refs/waifusync/, which no other program writes.

For the holder of the lock (lock.py) only: nobody else may be moving one of them meanwhile.
"""

from __future__ import annotations

import time
from pathlib import Path

from waifusync.repository.git import Git
from waifusync.repository.remote import FETCHED

# A git that outlived its killed parent may still hold a lock; none does so for this long.
STALE_AFTER_SECONDS = 600.0


def mend_private_refs(git: Git, *, now: float | None = None) -> tuple[str, ...]:
    """Remove lock files that nobody holds any more, and the fetched ref when it is empty; say which.

    The fetched ref only repeats what the remote has. Another that is damaged stays, for read_refs to say.
    """
    removed = [lock for lock in _lock_files(git) if _is_stale(lock, time.time() if now is None else now)]
    fetched = git.common_dir / FETCHED
    if fetched.is_file() and fetched.stat().st_size == 0:
        removed.append(fetched)
    for file in removed:
        file.unlink(missing_ok=True)
    return tuple(file.relative_to(git.common_dir).as_posix() for file in removed)


def _lock_files(git: Git) -> list[Path]:
    return sorted((git.common_dir / "refs" / "waifusync").rglob("*.lock"))


def _is_stale(lock: Path, now: float) -> bool:
    # Both ways: a clock that was set back makes a lock look as if it came from the future.
    return abs(now - lock.stat().st_mtime) > STALE_AFTER_SECONDS
