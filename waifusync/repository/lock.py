"""One sync at a time on this machine: a lock that the system itself releases when its holder dies.

The file is never deleted (two processes would each lock a file of the same name), and what is written in it
only says who holds it. Whoever finds it taken may leave a note; the holder takes the notes before it goes.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from waifusync.errors import RefusedError

_RETRY_SECONDS = 0.02
_held: set[int] = set()


class LockTaken(RefusedError):
    """Another process holds it; `facts` has its pid (0: not yet written) and purpose."""


@contextlib.contextmanager
def hold_lock(directory: Path, *, wait_seconds: float = 0.0, purpose: str) -> Iterator[None]:
    """Hold `directory`/lock. Raises LockTaken after waiting; released even by kill -9, and not inherited."""
    _make(directory)
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(descriptor, time.monotonic() + wait_seconds)
    except BaseException:
        os.close(descriptor)
        raise
    _held.add(descriptor)
    try:
        _sign(descriptor, json.dumps({"pid": os.getpid(), "purpose": purpose}).encode())
        yield
    finally:
        if descriptor in _held:  # a forked child has let go of it already
            _held.discard(descriptor)
            _sign(descriptor, b"")
            fcntl.flock(descriptor, fcntl.LOCK_UN)  # for a child that was forked and has not yet run a line
            os.close(descriptor)


def lock_holder(directory: Path) -> tuple[int, str] | None:
    """Process id and purpose of whoever says that it holds the lock and is alive; the lock is not touched."""
    try:
        pid, purpose = _holder((directory / "lock").read_bytes())
    except FileNotFoundError:
        return None
    return (pid, purpose) if pid and is_alive(pid) else None


def is_alive(pid: int) -> bool:
    """Whether a process has this number, be it another person's."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def leave_note(directory: Path, purpose: str) -> None:
    """Ask the holder for one more round; then try the lock once more, since it may just have gone."""
    _make(directory)
    descriptor = os.open(directory / "note", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, purpose.replace("\n", " ").encode() + b"\n")
    finally:
        os.close(descriptor)


def take_note(directory: Path) -> tuple[str, ...]:
    """The purposes noted since the last time, each once; for the holder of the lock, as its last act."""
    taken = directory / "note.taken"
    try:
        os.replace(directory / "note", taken)
    except FileNotFoundError:
        return ()
    lines = taken.read_text(encoding="utf-8", errors="replace").splitlines()
    taken.unlink()
    return tuple(dict.fromkeys(lines))


def _make(directory: Path) -> None:
    """Not what is above it: a repository that was moved away meanwhile must not seem to be there again."""
    try:
        directory.mkdir(exist_ok=True)
    except FileNotFoundError:
        raise RefusedError(f"{directory.parent} is not there any more") from None


def _acquire(descriptor: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EINTR):
                raise RefusedError(f"this file system has no locks: {error.strerror}") from error
        if time.monotonic() >= deadline:
            raise _taken(descriptor)
        time.sleep(_RETRY_SECONDS)


def _taken(descriptor: int) -> LockTaken:
    pid, purpose = _holder(os.pread(descriptor, 4096, 0))
    who = f"process {pid} ({purpose})" if pid else "another process"
    return LockTaken(
        f"{who} is at work on this companion", hint="wait for it to end", pid=pid, purpose=purpose
    )


def _holder(text: bytes) -> tuple[int, str]:
    try:
        facts = json.loads(text)
        return int(facts["pid"]), str(facts["purpose"])
    except (ValueError, KeyError, TypeError):  # read between truncating and writing
        return 0, ""


def _sign(descriptor: int, text: bytes) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text, 0)


def _forget_in_child() -> None:
    """A forked child shares the open file and would keep the lock after its parent's death."""
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_forget_in_child)
