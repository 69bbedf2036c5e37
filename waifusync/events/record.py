"""The file of events, `.git/waifusync/events.jsonl`: this machine's own, bounded, without a text.

A line is appended in one write. A full file is renamed, so that whoever follows it reads it to its end.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from waifusync.core.events import Event, from_line, to_line

FILE = "events.jsonl"
OLDER = "events.1.jsonl"
# About 2,000 events; the file before it is kept too.
MOST_BYTES = 256 * 1024


def note(directory: Path, event: Event, *, most_bytes: int = MOST_BYTES) -> None:
    """Adds one. Raises OSError."""
    path = directory / FILE
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, to_line(event))
        status = os.fstat(descriptor)
        if status.st_size > most_bytes and os.path.samestat(status, path.stat()):
            os.replace(path, directory / OLDER)
    finally:
        os.close(descriptor)


def read(directory: Path) -> list[Event]:
    """All that are kept, the oldest first."""
    return Follower(directory).everything()


def _events(lines: Iterable[bytes]) -> Iterator[Event]:
    return (event for event in map(from_line, lines) if event is not None)


class Follower:
    """Reads on where it stopped, through renamings."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = directory / FILE
        self._file: BinaryIO | None = None
        self._rest = b""
        self._open()

    def everything(self) -> list[Event]:
        """What is kept, the oldest first; `new_events` goes on after it."""
        try:
            older = (self._directory / OLDER).read_bytes().splitlines()
        except FileNotFoundError:
            older = []
        return [*_events(older), *self.new_events()]

    def new_events(self) -> list[Event]:
        """What came since the last call; never waits."""
        is_another = self._is_another_now()  # looked at first: what was renamed is then read to its end
        found = self._read()
        if is_another:
            self._open()
            found += self._read()
        return found

    def _read(self) -> list[Event]:
        if self._file is None:
            return []
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        return list(_events(lines))

    def _is_another_now(self) -> bool:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return False
        return self._file is None or not os.path.samestat(status, os.fstat(self._file.fileno()))

    def _open(self) -> None:
        self.close()
        try:
            self._file = self._path.open("rb")
        except FileNotFoundError:
            self._file = None

    def close(self) -> None:
        """Lets go of the file."""
        if self._file is not None:
            self._file.close()
        self._rest = b""
