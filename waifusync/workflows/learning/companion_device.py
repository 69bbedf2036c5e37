"""A companion's folder as a device of a SyncManager: its words travel on by git.

Each word that a companion keeps stays in its log for ever, so what comes every few seconds is written down
every ten minutes, and when it is closed.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from waifusync.core.learning.states import State, StateDelta
from waifusync.workflows.companion import Companion
from waifusync.workflows.learning.reading_states import reading_states
from waifusync.workflows.learning.state_devices import KnownStates, counted
from waifusync.workflows.learning.states import take_in_states
from waifusync.workflows.working import at_work

STORE_SECONDS = 600.0


class CompanionDevice:
    """Use as a context manager, or close it: what was taken and is not yet written down is, then."""

    def __init__(
        self,
        directory: str | Path = ".",
        *,
        store_seconds: float = STORE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` counts seconds. Raises NoCompanion."""
        self.companion = Companion.find(Path(directory))
        self.name = self.companion.state.folder
        self._store_seconds = store_seconds
        self._clock = clock
        self._stored_at: float | None = None
        self._known = KnownStates()
        self._waiting: list[State] = []
        self._looked: object = None
        self._lock = threading.Lock()

    def __enter__(self) -> CompanionDevice:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read_state(self) -> list[State]:
        """What the database has, read when its file changed, and what was taken since."""
        with self._lock:
            self._store_if_due()
            looked = _look(self.companion.live_path)
            if looked != self._looked:
                with reading_states(self.companion) as read:
                    self._known.replace([*read.states(), *self._waiting])
                self._looked = looked
            return self._known.all()

    def take(self, deltas: Sequence[StateDelta]) -> None:
        """Kept in memory until it is time to write."""
        with self._lock:
            self._waiting = counted([*self._waiting, *self._known.take(deltas)])
            self._store_if_due()

    def close(self) -> None:
        """Writes down what waits."""
        with self._lock:
            self._store()

    def _store_if_due(self) -> None:
        now = self._clock()
        if self._stored_at is None or now - self._stored_at >= self._store_seconds:
            self._store()

    def _store(self) -> None:
        if self._waiting:
            with at_work(self.companion, "state") as work, work.lesson() as learning:
                take_in_states(learning, self._waiting)
            self._waiting, self._stored_at = [], self._clock()


def _look(path: Path) -> tuple[object, ...]:
    """Opens nothing: closing a file gives up the locks that a program in this process has on it."""
    found = []
    for each in (path, path.with_name(f"{path.name}-wal")):
        try:
            facts = os.stat(each)
        except OSError:
            continue
        found.append((facts.st_ino, facts.st_size, facts.st_mtime_ns))
    return tuple(found)
