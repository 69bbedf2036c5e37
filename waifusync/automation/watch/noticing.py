"""Notices from the system that a file changed, by watchdog: they only say that looking is worth it.

Folders are watched, because a file may be replaced, and only for what is written into files: no reader is
noticed. What is renamed or removed is left to the loop's own looks, and so is everything where the system
gives no notices (its limit is reached, a network's file system).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver

_Identity = tuple[str, int, int]


class Notices:
    """Calls `wake`, from a thread, when one of the files is written to."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._observer: BaseObserver | None = None
        self._folders: list[_Identity] = []
        self._files: set[str] = set()

    def follow(self, files: Iterable[Path]) -> str:
        """Watches where these files are now; cheap when nothing moved. Why it cannot, or ""."""
        self._files = {str(each) for each in files}
        folders = _identities({os.path.dirname(each) for each in self._files})
        if folders == self._folders:
            return ""
        self.stop()
        self._folders = folders
        try:
            self._start([path for path, _, _ in folders])
        except OSError as error:
            self._stop_observer()
            return error.strerror or str(error)
        return ""

    def stop(self) -> None:
        self._stop_observer()
        self._folders = []

    def _start(self, folders: list[str]) -> None:
        from watchdog import events
        from watchdog.observers import Observer

        notices = self

        class Handler(events.FileSystemEventHandler):
            def dispatch(self, event: FileSystemEvent) -> None:
                notices._dispatch(event)

        # Readers make a -wal and remove it again; and of each rename watchdog 6 keeps a note for ever.
        writes: list[type[FileSystemEvent]] = [events.FileModifiedEvent]
        self._observer = Observer()
        for folder in folders:
            self._observer.schedule(Handler(), folder, event_filter=writes)
        self._observer.start()

    def _dispatch(self, event: FileSystemEvent) -> None:
        if os.fsdecode(event.src_path) in self._files:
            self._wake()

    def _stop_observer(self) -> None:
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            if observer.is_alive():
                observer.join()


def _identities(folders: Iterable[str]) -> list[_Identity]:
    found = []
    for folder in sorted(folders):
        try:
            facts = os.stat(folder)
        except OSError:
            continue
        found.append((folder, facts.st_dev, facts.st_ino))
    return found
