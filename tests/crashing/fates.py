"""What becomes of a run at its N-th change: killed, killed with the power, or refused by its disk.

    KILL        everybody dies before the change is made
    POWER       and what was written, and not synced, was never written
    FULL        ENOSPC, for what needs room
    FAILING     EIO, for everything that writes
    READ_ONLY   EROFS, for everything that writes

A disk refuses once, or from there on.
"""

from __future__ import annotations

import enum
import errno
import os
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from tests.crashing.calls import AT_FDCWD, Kind
from tests.crashing.stopping import Stop, kill_all, let_go, refuse, start, stops
from tests.crashing.unsynced import Unsynced

_SIGN = 1 << 31


class How(enum.Enum):
    """The ends of a run, as above."""

    KILL = "killed"
    POWER = "the power went"
    FULL_ONCE = "no room, once"
    FULL = "no room"
    FAILING_ONCE = "an error, once"
    FAILING = "errors"
    READ_ONLY = "read-only"

    @property
    def number(self) -> int:
        """What calls fail with."""
        return {"no room": errno.ENOSPC, "read-only": errno.EROFS}.get(self.value.split(",")[0], errno.EIO)

    @property
    def is_death(self) -> bool:
        return self in (How.KILL, How.POWER)

    @property
    def is_once(self) -> bool:
        return self.value.endswith("once")


class Fate(NamedTuple):
    """At which change, counted from 1, and how; of the files alone whose path ends with `of`."""

    at: int
    how: How
    of: str = ""


class Met(NamedTuple):
    """How many changes there were, the one that was met ("" if the run was over before), and the status."""

    changes: int
    met: str
    status: int


def meet(
    main: Callable[[], int],
    place: str,
    fate: Fate | None,
    *,
    elsewhere: tuple[str, ...] = (),
    seconds: float = 60,
) -> Met:
    """Runs `main` in a child that meets this fate at a change of a file below `place`.

    `elsewhere` are folders in it that have a power of their own.
    """
    listener, pid = start(main)
    met, count, pids, unsynced = "", 0, {pid}, Unsynced()
    try:
        for stop in stops(listener, seconds=seconds):
            path = file_of(stop)
            if not path.startswith(place):
                let_go(listener, stop)
                continue
            count += (is_meant := fate is None or path.endswith(fate.of))
            pids.add(stop.pid)
            if fate is None or not (is_meant and _is_due(fate, count, met) and _is_for(stop, path, fate)):
                if fate is not None and fate.how is How.POWER and not path.startswith(elsewhere):
                    unsynced.see(stop, path)
                let_go(listener, stop)
                continue
            met = met or f"{stop.call.name} {path[len(place) :]}"
            if fate.how.is_death:
                break
            refuse(listener, stop, fate.how.number)
    finally:
        kill_all(pids)
        _, status = os.waitpid(pid, 0)
        _wait_for_all(listener)
        os.close(listener)
    if met and fate is not None and fate.how is How.POWER:
        unsynced.lose(place)
    return Met(count, met, os.waitstatus_to_exitcode(status))


def _wait_for_all(listener: int) -> None:
    """Until nobody is left who could be stopped: a lock that a dying process holds is held."""
    with suppress(TimeoutError):
        for _ in stops(listener, seconds=5):
            pass


def _is_due(fate: Fate, count: int, met: str) -> bool:
    return count >= fate.at and not (met and fate.how.is_once)


def _is_for(stop: Stop, path: str, fate: Fate) -> bool:
    """Whether such a disk refuses this."""
    if fate.how not in (How.FULL, How.FULL_ONCE):
        return True
    if stop.call.kind is Kind.OPEN:
        return not os.path.lexists(path)
    return stop.call.name.startswith(("write", "pwrite", "sendfile", "copy", "falloc", "mkdir", "symlink"))


def file_of(stop: Stop) -> str:
    """The file that a stopped call is about; "" where its caller is gone."""
    call, arguments = stop.call, stop.arguments
    try:
        if not call.is_path:
            return os.readlink(f"/proc/{stop.pid}/fd/{arguments[call.file]}")
        name = _text(stop.pid, arguments[call.file])
        return name if name.startswith("/") else os.path.normpath(f"{_folder(stop)}/{name}")
    except OSError:
        return ""


def _folder(stop: Stop) -> str:
    given = AT_FDCWD if stop.call.folder is None else stop.arguments[stop.call.folder] & 0xFFFFFFFF
    descriptor = given - 2 * _SIGN if given >= _SIGN else given
    where = "cwd" if descriptor == AT_FDCWD else f"fd/{descriptor}"
    return os.readlink(f"/proc/{stop.pid}/{where}")


def _text(pid: int, address: int) -> str:
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        memory.seek(address)
        found = b""
        while b"\0" not in found and len(found) < 4096:
            chunk = memory.read(256 - address % 256) if not found else memory.read(256)
            if not chunk:
                break
            found += chunk
    return os.fsdecode(found.split(b"\0")[0])
