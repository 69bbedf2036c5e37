"""`watch` from its start to its end: one a companion, through the folder being moved away and put back."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from waifusync.automation.watch.pace import Pace
from waifusync.automation.watch.ready import Heart, notify
from waifusync.automation.watch.telling import Event, Tell
from waifusync.automation.watch.waking import Waker
from waifusync.automation.watch.watching import Watcher, Work
from waifusync.errors import RefusedError, WaifusyncError
from waifusync.repository.lock import LockTaken, hold_lock

_PURPOSE = "watch"


class AlreadyWatched(RefusedError):
    """Another `watch` runs here; `facts["pid"]` says which."""


class Replaced(RefusedError):
    """Another companion lies where the watched one was."""


def keep_watching(find: Callable[[], Work], *, pace: Pace, waker: Waker, tell: Tell) -> None:
    """Until a signal asks to stop. `find` gives what lies in the companion's place now.

    Raises what `find` raises at the start, AlreadyWatched, and Replaced.
    """
    work: Work | None = find()
    os.chdir(os.sep)  # the folder may be moved, deleted and unmounted
    with Heart().beating() as heart, waker.listening():
        while work is not None:
            with _alone(work.state_directory):
                _tell_begin(work, pace, tell)
                heart.ready()
                watcher = Watcher(work, pace=pace, waker=waker, tell=tell, heart=heart)
                if watcher.watch():
                    break
            work = _until_back(find, work, pace=pace, waker=waker, tell=tell)
        notify("STOPPING=1")
        tell(Event("stopped", "stopped"))


def _tell_begin(work: Work, pace: Pace, tell: Tell) -> None:
    text = f"watching {work.root}, every {pace.interval:g} s"
    tell(Event("watching", text, facts={"directory": str(work.root), "interval": pace.interval}))


@contextlib.contextmanager
def _alone(state_directory: Path) -> Iterator[None]:
    """A lock of its own: between exchanges, others are free to sync."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(hold_lock(state_directory / "watch", purpose=_PURPOSE))
        except LockTaken as error:
            raise AlreadyWatched(
                f"another watch runs here already (process {error.facts['pid'] or 'unknown'})",
                hint="one is enough; see what it found: waifusync status",
                **error.facts,
            ) from None
        yield


def _until_back(find: Callable[[], Work], gone: Work, *, pace: Pace, waker: Waker, tell: Tell) -> Work | None:
    """None when asked to stop meanwhile. Whatever is wrong with the place may be half of a move."""
    told = ""
    while waker.asked_by is None:
        try:
            found = find()
        except (WaifusyncError, OSError) as error:
            why = error.message if isinstance(error, WaifusyncError) else str(error.strerror)
            if why != told:
                tell(Event("waiting", f"{why}: waiting for the companion", facts={"reason": why}))
            told = why
            waker.wait(pace.interval)
            continue
        if found.identity != gone.identity:
            raise Replaced(
                f"another companion lies in {gone.root} now", hint="to watch that one, start again"
            )
        tell(Event("back", "the companion was replaced, or is back", facts={"directory": str(found.root)}))
        return found
    return None
