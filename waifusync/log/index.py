"""Any entry by its number, out of files kept for a while as bytes and line offsets, not as objects."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from waifusync.core.entry import Entry, MalformedLine, line_chain, parse_line
from waifusync.core.segments import Segment
from waifusync.log.source import MOST_SPAN, Recent, Source, device_id, log_segments, runs

_CACHE_BYTES = 16 * 1024 * 1024


class LogIndex:
    """Looks entries up by device id and number; of one tree, so make another one when the tree changed."""

    def __init__(self, source: Source, *, cache_bytes: int = _CACHE_BYTES) -> None:
        self._source = source
        self._segments: dict[str, list[Segment]] = {}
        for folder, segments in log_segments(source.paths()).items():
            chosen = [each for run in runs(segments, start=1) for each in run]
            self._segments.setdefault(device_id(folder), chosen)
        self._files = Recent(
            self._load, lambda file: len(file[0]) + 40 * len(file[1]), most_bytes=cache_bytes
        )

    def entry(self, device: str, number: int) -> Entry | None:
        """None when no file holds it, or what it holds there is not that entry; the chain is not checked."""
        raw = self._raw(device, number)
        if raw is None:
            return None
        try:
            entry = parse_line(raw, device)
        except MalformedLine:
            return None
        return entry if entry.number == number else None

    def chain(self, device: str, number: int) -> str | None:
        """The chain hash that the entry's line claims; None when no file holds it."""
        raw = self._raw(device, number)
        return None if raw is None else line_chain(raw)

    def entries(self, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Entry]:
        """Those of the wanted (device id, number) that are held; each file is read once."""
        found = {}
        for device, number in sorted(set(wanted)):
            if (entry := self.entry(device, number)) is not None:
                found[device, number] = entry
        return found

    def _raw(self, device: str, number: int) -> bytes | None:
        segments = self._segments.get(device, [])
        place = bisect_right(segments, number, key=lambda each: each.first) - 1
        if place < 0 or number > segments[place].last:
            return None
        data, starts = self._files.get(segments[place].path)
        line = number - segments[place].first
        return data[starts[line] : starts[line + 1] - 1] if line + 1 < len(starts) else None

    def _load(self, path: str) -> tuple[bytes, list[int]]:
        try:
            data = self._source.blob(path)
        except LookupError:
            return b"", []
        return data, _line_starts(data)


def _line_starts(data: bytes) -> list[int]:
    """Where each line starts, and where one after the last would."""
    starts = [0]
    # A file that claims a few entries and holds a million empty lines is not worth a list of them.
    while len(starts) <= MOST_SPAN and (end := data.find(b"\n", starts[-1])) >= 0:
        starts.append(end + 1)
    return starts
