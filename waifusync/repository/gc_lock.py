"""Keeping `git gc` out: it takes a commit that no ref names yet for garbage, and with --prune=now deletes it.

git's own lock is used, so that a gc that starts meanwhile says that one is running. One that runs already is
waited for, but not for ever: as git itself calls it, it prunes nothing that is younger than two weeks.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from waifusync.repository.lock import is_alive

WAIT_SECONDS = 10.0
_RETRY_SECONDS = 0.05
# As git has it: no gc takes as long as this, so whoever has the number now is another process.
_OLDEST_SECONDS = 12 * 3600
_OURS = "waifusync"


@contextlib.contextmanager
def without_gc(common_dir: Path, state: Path, *, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """For whoever holds the companion's lock; `state` is a folder of ours on the same file system."""
    place = common_dir / "gc.pid"
    sign = f"{os.getpid()} {os.uname().nodename} {_OURS}\n"
    is_held = _take(place, state / "gc.pid", sign, deadline=time.monotonic() + wait_seconds)
    try:
        yield
    finally:
        if is_held and _read(place) == sign:
            place.unlink(missing_ok=True)


def _take(place: Path, draft: Path, sign: str, *, deadline: float) -> bool:
    """False where somebody else kept it all the time, or where nothing can be written."""
    try:
        draft.write_text(sign, encoding="utf-8")
        while _is_running(place):
            if time.monotonic() >= deadline:
                draft.unlink()
                return False
            time.sleep(_RETRY_SECONDS)
        os.replace(draft, place)  # over what a killed process left, too
    except OSError:
        return False
    return True


def _is_running(place: Path) -> bool:
    """Whether a gc has it. Another waifusync cannot: it would hold the companion's lock."""
    words = _read(place).split()
    if len(words) < 2 or _OURS in words[2:] or not words[0].isdigit():
        return False
    is_old = time.time() - place.stat().st_mtime > _OLDEST_SECONDS
    return not is_old and (words[1] != os.uname().nodename or is_alive(int(words[0])))


def _read(place: Path) -> str:
    try:
        return place.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
