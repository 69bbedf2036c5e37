"""Lock files that a killed run of ours left in git's folder: removed, so that no person has to.

A lock is taken for left behind only when a run of ours is known to have died, the lock was made since that
run began, and it has not moved for two seconds. No git holds a ref's lock for that long; the index's may be
held by a `git commit` whose editor is open, so that one stays while any git runs in here, or where we cannot
tell.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from waifusync.repository.git import Git

_SECONDS = 2.0
_LOOK_SECONDS = 10.0
_BLIND_SECONDS = 600.0
_PROCESSES = Path("/proc")


def remove_left_locks(git: Git, *, since: float) -> tuple[str, ...]:
    """`since`: when the run that died began. Waits for two seconds where there is one."""
    removed = []
    for lock in _locks(git):
        # In this order: a git that was just ending is gone after the two seconds.
        if _is_left(lock, since) and not (lock.name == "index.lock" and _may_be_in_use(git)):
            lock.unlink(missing_ok=True)
            removed.append(lock.name)
    return tuple(removed)


@contextlib.contextmanager
def noted(git: Git) -> Iterator[None]:
    """Around work for which git's locks are taken: those of one that died are removed, and this is noted."""
    note = git.state_directory / "at-work"
    if note.exists():
        remove_left_locks(git, since=note.stat().st_mtime)
    else:  # what a run that died had noted stays, should this one die before it is through
        note.touch()
    try:
        yield
    except Exception:
        note.unlink(missing_ok=True)
        raise
    note.unlink(missing_ok=True)


def abandoned_locks(git: Git) -> list[Path]:
    """Locks that no program holds any more, whoever left them. Removes nothing, and does not wait.

    Not while any git runs in here. Where that cannot be seen, only what is older than any git takes.
    """
    patience = _LOOK_SECONDS if _PROCESSES.is_dir() else _BLIND_SECONDS
    info = (*(git.common_dir / "info").glob("*.lock"), *(git.common_dir / "objects").glob("info/**/*.lock"))
    found = [lock for lock in (*_locks(git), *info) if _age(lock) > patience]
    return found if found and not (_PROCESSES.is_dir() and _may_be_in_use(git)) else []


def _age(lock: Path) -> float:
    """In seconds; a clock that was set back makes a lock look as if it came from the future."""
    try:
        return abs(time.time() - lock.stat().st_mtime)
    except FileNotFoundError:
        return 0.0


def _locks(git: Git) -> list[Path]:
    own = [git.git_dir / name for name in ("HEAD.lock", "index.lock")]
    shared = [git.common_dir / name for name in ("packed-refs.lock", "config.lock", "shallow.lock")]
    refs = (git.common_dir / "refs").rglob("*.lock")
    return [lock for lock in (*own, *shared, *refs, *left_keeps(git)) if lock.exists()]


def left_keeps(git: Git) -> list[Path]:
    """What `git fast-import` lays beside a pack until it ends; it stops the next that makes the same pack.

    Those of other programs say something else. A power cut leaves nothing in it.
    """
    found = (git.common_dir / "objects" / "pack").glob("*.keep")
    return [path for path in found if path.read_bytes() in (b"", b"fast-import")]


def _is_left(lock: Path, since: float) -> bool:
    try:
        before = lock.stat()
        if before.st_mtime < since - 1:  # some file systems keep whole seconds only
            return False
        time.sleep(max(0.0, min(_SECONDS, before.st_mtime + _SECONDS - time.time())))
        now = lock.stat()
    except FileNotFoundError:
        return False
    return (now.st_ino, now.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def _may_be_in_use(git: Git) -> bool:
    """Whether a git runs in this work tree; True where processes cannot be looked at."""
    if not _PROCESSES.is_dir():
        return True
    root = os.path.realpath(git.directory)
    return any(_is_git_in(process, root) for process in _PROCESSES.iterdir() if process.name.isdecimal())


def _is_git_in(process: Path, root: str) -> bool:
    try:
        # "pid (name) state parent …": a git that we have started ourselves reads objects, and holds no lock.
        name, _, rest = (process / "stat").read_text().partition("(")[2].rpartition(")")
        is_git = name.startswith("git") and int(rest.split()[1]) != os.getpid()
        place = os.readlink(process / "cwd") if is_git else ""
    except OSError:  # gone, or another person's
        return False
    return place == root or place.startswith(root + os.sep)
