"""What every device did, as this one holds it: the logs in git, and what waits in the outbox. Reads only."""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterator
from datetime import datetime, timezone

from waifusync.core.entry import Entry, MalformedLine, parse_line
from waifusync.core.learning.collections import TABLES
from waifusync.core.values import Travel, reference_key, vector_address
from waifusync.errors import UsageError
from waifusync.log.index import LogIndex
from waifusync.log.source import device_id, log_segments, runs
from waifusync.memory.connection import explained, open_foreign
from waifusync.repository.layout import LOG
from waifusync.repository.objects import ObjectReader
from waifusync.repository.refs import read_refs
from waifusync.workflows.companion import HELD, Companion
from waifusync.workflows.syncing.devices import creation_of, labelled, name_devices
from waifusync.workflows.syncing.git_source import GitSource, memory_paths


class Past:
    """Entries by number or backwards in time; names of devices. Make it with `open_past`."""

    def __init__(self, companion: Companion, reader: ObjectReader, commit: str | None) -> None:
        self.companion = companion
        self.commit = commit
        self.reader = reader
        self.source = GitSource(reader, memory_paths(companion.git, commit, LOG))
        self.index = LogIndex(self.source)
        self.segments = log_segments(self.source.paths())
        own = self.segments.get(companion.state.folder, [])
        self.outbox = _outbox(companion, after=max((each.last for each in own), default=0))
        folders = {*self.segments, companion.state.folder}
        names = name_devices(folders, lambda each: creation_of(reader, commit or "", each))
        self.names = labelled(reader, companion.git, commit, names)

    def name(self, device: str) -> str:
        """What a device id is called."""
        return self.names.get(device, device)

    def ids_of(self, name: str) -> set[str]:
        """The device with this name or id. Raises UsageError."""
        found = {device for device, known in self.names.items() if name in (known, device)}
        if not found:
            raise UsageError(
                f"no device is called {name!r}", hint=f"known here: {', '.join(sorted(self.names.values()))}"
            )
        return found

    def entry(self, device: str, number: int) -> Entry | None:
        """From the outbox or the log; None when neither holds it."""
        line = self.outbox.get(number) if device == self.companion.state.id else None
        return _parsed(line.encode(), device) if line else self.index.entry(device, number)

    def newest_first(self, devices: set[str] | None = None) -> Iterator[Entry]:
        """All entries by time, the latest first; each device's files are read one by one from the end."""
        folders = {device_id(folder): folder for folder in self.segments}
        wanted = {*folders, self.companion.state.id} if devices is None else devices
        streams = [self._backwards(device, folders.get(device)) for device in sorted(wanted)]
        return heapq.merge(*streams, key=lambda each: (-each.time, each.device, -each.number))

    def _backwards(self, device: str, folder: str | None) -> Iterator[Entry]:
        if device == self.companion.state.id:
            for number in sorted(self.outbox, reverse=True):
                if (entry := _parsed(self.outbox[number].encode(), device)) is not None:
                    yield entry
        chosen = [each for run in runs(self.segments.get(folder or "", []), start=1) for each in run]
        for segment in reversed(chosen):
            for raw in reversed(self._lines(segment.path)):
                if (entry := _parsed(raw, device)) is not None:
                    yield entry

    def _lines(self, path: str) -> list[bytes]:
        try:
            return self.source.blob(path).splitlines()
        except LookupError:
            return []


@contextlib.contextmanager
def open_past(companion: Companion, commit: str | None = None) -> Iterator[Past]:
    """The past that this device holds, or that a commit holds."""
    with ObjectReader(companion.git) as reader:
        yield Past(companion, reader, commit or read_refs(companion.git, HELD)[HELD])


def _outbox(companion: Companion, *, after: int) -> dict[int, str]:
    """Lines that are not in git yet; none where the live database is gone or another."""
    if not companion.live_path.is_file():
        return {}
    connection = open_foreign(companion.live_path)
    try:
        with explained(companion.live_path):
            there = "SELECT 1 FROM sqlite_master WHERE name = 'waifusync_outbox'"
            if connection.execute(there).fetchone() is None:
                return {}
            waiting = "SELECT number, line FROM waifusync_outbox WHERE number > ?"
            return dict(connection.execute(waiting, (after,)).fetchall())
    finally:
        connection.close()


def _parsed(line: bytes, device: str) -> Entry | None:
    try:
        return parse_line(line, device)
    except MalformedLine:
        return None


def what_was_done(entry: Entry) -> str:
    """added, changed, deleted, or described (a table)."""
    if entry.collection == TABLES:
        return "described"
    if entry.fields is None:
        return "deleted"
    return "changed" if entry.seen else "added"


def shown(value: Travel) -> str:
    """A value as a person reads it in a list."""
    key, address = reference_key(value), vector_address(value)
    if key is not None:
        return f"→ {key}"
    if address is not None:
        return f"a vector of {address[0]}"
    if isinstance(value, dict):
        return "bytes" if "b" in value else str(next(iter(value.values())))
    return "nothing" if value is None else str(value)


def moment(text: str, *, is_end: bool = False) -> int:
    """Milliseconds since 1970 of a date or a time (local, unless it says otherwise). Raises UsageError.

    A date alone is its first moment, or, as an end, its last.
    """
    try:
        when = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise UsageError(
            f"{text!r} is not a date", hint="write it as 2026-01-31 or 2026-01-31T18:30"
        ) from None
    if is_end and len(text) == len("2026-01-31"):
        when = when.replace(hour=23, minute=59, second=59, microsecond=999_000)
    return int(when.timestamp() * 1000)


def iso_milliseconds(milliseconds: int) -> str:
    """UTC, to the millisecond."""
    when = datetime.fromtimestamp(milliseconds / 1000, tz=timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"
