"""Reading logs as streams: one segment in memory for each device, every line checked against the chain.

Bad content is never an exception. It ends the reading of that one log with a fault that names path and line;
the other devices' logs go on.
"""

from __future__ import annotations

import enum
import heapq
import io
from collections.abc import Iterable, Iterator, Mapping

from waifusync.core.entry import (
    LONGEST_LINE_BYTES,
    Entry,
    MalformedLine,
    is_chained,
    line_chain,
    parse_line,
)
from waifusync.core.segments import LogGap, Segment, cover
from waifusync.core.versions import Head
from waifusync.errors import UntrustedError
from waifusync.log.source import LOG_FOLDER, Source, device_id, log_segments
from waifusync.values import NamedTuple, dataclass

_NEWLINE = 10


class FaultKind(enum.Enum):
    """What is wrong with a log: the first three say how it stands to what was read of it before."""

    SHORTER = "shorter"  # it ends before the entry that was read last
    DIVERGED = "diverged"  # that entry is another one now
    GAP = "gap"  # entries are missing in the middle
    MISSING = "missing"  # a file is listed, but cannot be read
    BROKEN = "broken"  # a line does not follow from the one before
    MALFORMED = "malformed"  # a line or file that no waifusync could have written


@dataclass(frozen=True, slots=True)
class LogFault:
    """Where reading a device's log had to end; `line` counts from 1 within the file, 0 is the file itself."""

    device: str
    path: str
    line: int
    reason: str
    kind: FaultKind = FaultKind.MALFORMED


class LogLine(NamedTuple):
    """An entry, the chain hash of its line, and the line as it was written (without its newline)."""

    entry: Entry
    chain: str
    raw: bytes


class _Faulty(Exception):
    def __init__(self, path: str, line: int, reason: str, kind: FaultKind = FaultKind.MALFORMED) -> None:
        super().__init__(reason)
        self.facts = path, line, reason, kind


def read_log(
    source: Source, device_folder: str, after: Head | None = None, *, faults: list[LogFault]
) -> Iterator[LogLine]:
    """The entries after `after`, in order; a fault ends the log where it is found and is appended."""
    segments = log_segments(path for path in source.paths() if f"/{device_folder}/" in path)
    return _read(source, device_folder, segments.get(device_folder, []), after=after or Head(), faults=faults)


def read_all(
    source: Source, after: Mapping[str, Head] | None = None, *, faults: list[LogFault]
) -> Iterator[LogLine]:
    """All devices' entries after `after` (by device id), in order of time: causes before effects."""
    after, logs, taken = after or {}, [], set()
    for folder, segments in log_segments(source.paths()).items():
        device = device_id(folder)
        if device in taken:
            faults.append(LogFault(device, f"{LOG_FOLDER}/{folder}", 0, "a second log for one device id"))
            continue
        taken.add(device)
        logs.append(_read(source, folder, segments, after=after.get(device, Head()), faults=faults))
    for device, head in after.items():
        if device not in taken and head.number:
            faults.append(LogFault(device, LOG_FOLDER, 0, "the whole log is gone", FaultKind.SHORTER))
    return logs[0] if len(logs) == 1 else heapq.merge(*logs, key=_time_order)


def _time_order(line: LogLine) -> tuple[int, str, int]:
    entry = line.entry
    return entry.time, entry.device, entry.number


def _read(
    source: Source, device_folder: str, segments: list[Segment], *, after: Head, faults: list[LogFault]
) -> Iterator[LogLine]:
    device = device_id(device_folder)
    try:
        chosen, gap = _chosen(segments, max(after.number, 1))
        if after.number > (chosen[-1].last if chosen else 0) and gap is None:
            folder = f"{LOG_FOLDER}/{device_folder}"
            raise _Faulty(folder, 0, f"the log ends before entry {after.number}", FaultKind.SHORTER)
        yield from _read_segments(source, device, chosen, after)
        if gap is not None:
            raise _Faulty(f"{LOG_FOLDER}/{device_folder}", 0, str(gap), FaultKind.GAP)
    except _Faulty as fault:
        faults.append(LogFault(device, *fault.facts))


def _chosen(segments: list[Segment], start: int) -> tuple[list[Segment], LogGap | None]:
    """What holds the entries from `start` up to the end, or up to a gap."""
    try:
        return cover(segments, start=start), None
    except LogGap as gap:
        return cover((each for each in segments if each.first < gap.found), start=start), gap


def _read_segments(source: Source, device: str, chosen: list[Segment], head: Head) -> Iterator[LogLine]:
    number, chain, is_found = head.number, head.chain, head.number == 0
    for segment, following in zip(chosen, [*chosen[1:], None], strict=False):
        lines = _raw_lines(source, segment, number + 1 if is_found else number, following=following)
        if not is_found:
            if line_chain(next(lines)) != chain:
                raise _at(segment, number, "not the line that was read before", FaultKind.DIVERGED)
            is_found = True
        for raw in lines:
            number += 1
            entry = _checked(raw, segment, number, chain=chain, device=device)
            chain = line_chain(raw)
            yield LogLine(entry, chain, raw)


def _checked(raw: bytes, segment: Segment, number: int, *, chain: str, device: str) -> Entry:
    if not is_chained(raw, chain):
        raise _at(segment, number, "does not follow from the line before", FaultKind.BROKEN)
    try:
        entry = parse_line(raw, device)
    except MalformedLine as error:
        raise _at(segment, number, str(error)) from None
    if entry.number != number:
        raise _at(segment, number, f"has another number than {number}")
    return entry


def _raw_lines(source: Source, segment: Segment, start: int, *, following: Segment | None) -> Iterator[bytes]:
    """The lines of entries `start` to the segment's last, without newlines; as many as the name says."""
    number = segment.first - 1
    data = _blob(source, segment.path)
    if following is not None:
        source.soon(following.path)  # git unpacks it while these lines are looked at
    for raw in io.BytesIO(data):
        number += 1
        if number > segment.last:
            raise _at(segment, number, "more lines than the name says")
        if len(raw) > LONGEST_LINE_BYTES:
            raise _at(segment, number, "a line that is too long")
        if raw[-1] != _NEWLINE:
            raise _at(segment, number, "a line without its end")
        if number >= start:
            yield raw[:-1]
    if number < segment.last:
        raise _at(segment, number + 1, "fewer lines than the name says")


def _at(segment: Segment, number: int, reason: str, kind: FaultKind = FaultKind.MALFORMED) -> _Faulty:
    return _Faulty(segment.path, number - segment.first + 1, reason, kind)


def _blob(source: Source, path: str) -> bytes:
    try:
        return source.blob(path)
    except LookupError:
        raise _Faulty(path, 0, "the file cannot be read", FaultKind.MISSING) from None
    except UntrustedError as error:
        raise _Faulty(path, 0, error.message, FaultKind.MALFORMED) from None


def heads(source: Source, *, devices: Iterable[str] | None = None) -> dict[str, Head]:
    """What each device id's log claims to end with: one file read for each, nothing verified.

    A last file that is not a log file gives a chain of "", which equals no head that was ever read.
    """
    found: dict[str, Head] = {}
    wanted = None if devices is None else set(devices)
    for folder, segments in log_segments(source.paths()).items():
        if wanted is None or device_id(folder) in wanted:
            newest = max(segments, key=lambda each: each.last)
            found.setdefault(device_id(folder), Head(newest.last, _last_chain(source, newest)))
    return found


def _last_chain(source: Source, segment: Segment) -> str:
    try:
        data = _blob(source, segment.path)
    except _Faulty:
        return ""
    return line_chain(data[data.rfind(b"\n", 0, -1) + 1 : -1]) if data.endswith(b'"}\n') else ""
