"""Which files hold a device's log or vectors, and when small ones are packed into larger.

A file is named by the span it holds and never changes, so one path has one content for ever, whoever
writes it. Small files of single pushes are packed sixteen at a time, and finally at a full span, so that
folders stay short; the packed bytes are the same bytes. Reading ignores a file whose span lies within others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from waifusync.patterns import pattern
from waifusync.values import NamedTuple

FULL_SPAN = 1024
FULL_BYTES = 4 * 1024 * 1024
_RUN = 16
_TIERS = (16, 256)
_FOLDER_SPAN = 65_536
_NAME = pattern(r"([0-9]{10})-([0-9]{10})\.(jsonl|npy)")


class Segment(NamedTuple):
    """A file and the first and last number it holds, both included."""

    first: int
    last: int
    path: str

    @property
    def span(self) -> int:
        return self.last - self.first + 1


class LogGap(ValueError):
    """Numbers that no file holds."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"entries {expected} to {found - 1} are missing")
        self.expected = expected
        self.found = found


def file_name(first: int, last: int, suffix: str) -> str:
    """The name of the file that holds these numbers."""
    return f"{first:010d}-{last:010d}.{suffix}"


def folder_name(first: int) -> str:
    """Log files lie in folders of 65,536 entries each: a folder is stored anew whenever a file in it is."""
    return f"{(first - 1) // _FOLDER_SPAN:04d}"


def parse_path(path: str) -> Segment | None:
    """The span that a path claims to hold; None if its name is of another form."""
    match = _NAME.fullmatch(path.rpartition("/")[2])
    if match is None:
        return None
    first, last = int(match[1]), int(match[2])
    return Segment(first, last, path) if first <= last else None


def cover(segments: Iterable[Segment], *, start: int = 1) -> list[Segment]:
    """The fewest segments that hold every number from `start` on, in order; raises LogGap at a hole."""
    chosen: list[Segment] = []
    upto = start - 1
    best: Segment | None = None
    for segment in sorted(segments, key=lambda each: (each.first, -each.last)):
        if best is not None and segment.first > upto + 1:
            chosen.append(best)
            upto, best = best.last, None
        if segment.first > upto + 1:
            raise LogGap(upto + 1, segment.first)
        if segment.last > (best.last if best else upto):
            best = segment
    return [*chosen, best] if best else chosen


def plan_packing(tail: Sequence[tuple[Segment, int]]) -> list[Segment]:
    """The run of segments, at the end of a log, to be replaced by one; empty when none is due.

    `tail` are the last segments in order, each with its size in bytes.
    """
    loose = _open_tail(tail)
    if sum(each.span for each, _ in loose) >= FULL_SPAN or sum(size for _, size in loose) >= FULL_BYTES:
        return [each for each, _ in loose] if len(loose) > 1 else []
    for tier in _TIERS:
        run = loose[-_RUN:]
        if len(run) == _RUN and all(each.span <= tier for each, _ in run):
            return [each for each, _ in run]
    return []


def _open_tail(tail: Sequence[tuple[Segment, int]]) -> list[tuple[Segment, int]]:
    """The segments after the last full one."""
    loose: list[tuple[Segment, int]] = []
    for segment, size in reversed(tail):
        if segment.span >= FULL_SPAN or size >= FULL_BYTES:
            break
        loose.insert(0, (segment, size))
    return loose
