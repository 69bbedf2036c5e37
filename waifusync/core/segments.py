"""Which files hold a device's log or vectors, and when small ones are packed into larger.

A file is named by the span it holds and never changes, so one path has one content for ever, whoever
writes it. Small files of single pushes are packed sixteen at a time, and finally with all of their stretch,
so that folders stay short; the packed bytes are the same bytes. Reading ignores a file whose span lies within
others. Names end with the stretch, for git: docs/decisions/0036.
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
# git sorts by the last sixteen characters of a path before it looks for likenesses, each weighing two bits
# more than the one before. So the stretch stands at the end, in digits of two bits: no two are taken for one.
_LEAST_DIGITS = 5
ENDING = r"[0-3]{5,17}"
_NAME = pattern(rf"([0-9]{{10}})-([0-9]{{10}})(?:\.([0-9a-z]{{8}})-({ENDING}))?\.(jsonl|npy)")


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


def file_name(first: int, last: int, suffix: str, *, device: str) -> str:
    """The name of the file in which the device of this id keeps these numbers."""
    return f"{first:010d}-{last:010d}.{device}-{_in_fours(stretch(first))}.{suffix}"


def stretch(first: int) -> int:
    """Files that begin in the same 1,024 numbers are of one stretch, and are packed together at last."""
    return first // FULL_SPAN


def _in_fours(number: int) -> str:
    digits = ""
    while number or len(digits) < _LEAST_DIGITS:
        number, digit = divmod(number, 4)
        digits = f"{digit}{digits}"
    return digits


def folder_name(first: int) -> str:
    """Log files lie in folders of 65,536 entries each: a folder is stored anew whenever a file in it is."""
    return f"{(first - 1) // _FOLDER_SPAN:04d}"


def parse_path(path: str) -> Segment | None:
    """The span that a path claims to hold; None if its name is of another form, or says another stretch.

    Names of before waifusync wrote the stretch into them, `0000000017-0000000032.jsonl`, are read for ever.
    """
    match = _NAME.fullmatch(path.rpartition("/")[2])
    if match is None:
        return None
    first, last = int(match[1]), int(match[2])
    is_named_so = match[4] is None or match[4] == _in_fours(stretch(first))
    return Segment(first, last, path) if first <= last and is_named_so else None


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
    segments = [each for each, _ in loose]
    if segments and (reaches_end(segments[-1]) or sum(size for _, size in loose) >= FULL_BYTES):
        return segments if len(segments) > 1 else []
    for tier in _TIERS:
        run = segments[-_RUN:]
        # After a packed one come sixteen small ones again; packing it with fifteen would write it every time.
        is_level = bool(run) and run[-1].span * _RUN >= tier
        if is_level and len(run) == _RUN and all(each.span < tier for each in run):
            return run
    return []


def reaches_end(segment: Segment) -> bool:
    """Whether what follows this segment belongs to another stretch."""
    return stretch(segment.last + 1) != stretch(segment.first)


def _open_tail(tail: Sequence[tuple[Segment, int]]) -> list[tuple[Segment, int]]:
    """The last segments of one stretch, after the last full one."""
    loose: list[tuple[Segment, int]] = []
    for segment, size in reversed(tail):
        if size >= FULL_BYTES or (loose and stretch(segment.first) != stretch(loose[0][0].first)):
            break
        loose.insert(0, (segment, size))
    return loose
