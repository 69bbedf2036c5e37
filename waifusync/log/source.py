"""Where logs and vectors are read from: one tree's files by path, whoever keeps them.

Only paths of exactly the layout in docs/formats.md count as log or vector files; all else is left alone.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Generic, Protocol, TypeVar

from waifusync.core.segments import (
    ENDING,
    FULL_SPAN,
    LogGap,
    Segment,
    cover,
    file_name,
    folder_name,
    parse_path,
)
from waifusync.patterns import pattern

LOG_FOLDER = "shared_memory/log"
VECTOR_FOLDER = "shared_memory/vectors"
# Packing never makes more of a file than this, and a name that claims more could hide every other file.
MOST_SPAN = 2 * FULL_SPAN
_DEVICE = r"([^/\\\x00-\x1f]+-([0-9a-z]{8}))"
_NAME = rf"[0-9]{{10}}-[0-9]{{10}}(?:\.\2-{ENDING})?"
_LOG_PATH = pattern(rf"shared_memory/log/{_DEVICE}/([0-9]{{4}})/{_NAME}\.jsonl")
_VECTOR_PATH = pattern(rf"shared_memory/vectors/{_DEVICE}/((?!\.)[^/\\\x00-\x1f]+)/{_NAME}\.npy")

T = TypeVar("T")


class Source(Protocol):
    """The files below shared_memory/log and shared_memory/vectors of one tree."""

    def paths(self) -> Mapping[str, str]:
        """Path to blob id; the same content has the same id."""

    def blob(self, path: str) -> bytes:
        """Raises LookupError when the file or its content is not there."""

    def soon(self, path: str) -> None:
        """This file will be asked for next: where that takes long, it may begin now."""


class DictSource:
    """Files held in memory; a blob's id is whatever tells contents apart."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.files = dict(files or {})

    def paths(self) -> Mapping[str, str]:
        """Ids hold within one process only."""
        return {path: f"{len(data)}-{hash(data)}" for path, data in self.files.items()}

    def blob(self, path: str) -> bytes:
        """Raises KeyError for a path that is not held."""
        return self.files[path]

    def soon(self, path: str) -> None:
        """It is here."""


def device_id(device_folder: str) -> str:
    """The id at the end of "<name>-<id>"."""
    return device_folder.rpartition("-")[2]


def log_path(device_folder: str, first: int, last: int) -> str:
    """Where the log file that holds these entries lies."""
    name = file_name(first, last, "jsonl", device=device_id(device_folder))
    return f"{LOG_FOLDER}/{device_folder}/{folder_name(first)}/{name}"


def vector_path(device_folder: str, group: str, first: int, last: int) -> str:
    """Where the vector file that holds these ordinals lies."""
    name = file_name(first, last, "npy", device=device_id(device_folder))
    return f"{VECTOR_FOLDER}/{device_folder}/{group}/{name}"


# A sync asks several times about each path of a tree, and most paths of two trees are the same.
@lru_cache(maxsize=8192)
def log_segment(path: str) -> tuple[str, Segment] | None:
    """The device folder and the span of a log file; None for any other path."""
    match, segment = _LOG_PATH.fullmatch(path), parse_path(path)
    if match is None or segment is None or segment.first < 1 or segment.span > MOST_SPAN:
        return None
    return (match[1], segment) if match[3] == folder_name(segment.first) else None


def vector_segment(path: str) -> tuple[tuple[str, str], Segment] | None:
    """Device folder and group, and the span of a vector file; None for any other path."""
    match, segment = _VECTOR_PATH.fullmatch(path), parse_path(path)
    if match is None or segment is None or segment.span > MOST_SPAN:
        return None
    return (match[1], match[3]), segment


def log_segments(paths: Iterable[str]) -> dict[str, list[Segment]]:
    """Log files by device folder, in the order of folders."""
    return _grouped(log_segment(path) for path in sorted(paths) if path.startswith(LOG_FOLDER))


def vector_segments(paths: Iterable[str]) -> dict[tuple[str, str], list[Segment]]:
    """Vector files by device folder and group, in that order."""
    return _grouped(vector_segment(path) for path in sorted(paths) if path.startswith(VECTOR_FOLDER))


def _grouped(found: Iterable[tuple[T, Segment] | None]) -> dict[T, list[Segment]]:
    groups: dict[T, list[Segment]] = {}
    for each in found:
        if each is not None:
            groups.setdefault(each[0], []).append(each[1])
    return groups


def devices(source: Source) -> list[str]:
    """The folders "<name>-<id>" that hold a log, in order."""
    return list(log_segments(source.paths()))


def runs(segments: Iterable[Segment], *, start: int) -> list[list[Segment]]:
    """Covers of the unbroken parts from `start` on: one where nothing is missing, more around gaps."""
    left = list(segments)
    found: list[list[Segment]] = []
    while left:
        try:
            return [*found, chosen] if (chosen := cover(left, start=start)) else found
        except LogGap as gap:
            if before := cover((each for each in left if each.first < gap.found), start=start):
                found.append(before)
            left, start = [each for each in left if each.first >= gap.found], gap.found
    return found


class Recent(Generic[T]):
    """What was loaded lately, by name; the oldest goes when the limit in bytes is passed."""

    def __init__(self, load: Callable[[str], T], weigh: Callable[[T], int], *, most_bytes: int) -> None:
        self._load, self._weigh, self._left = load, weigh, most_bytes
        self._held: OrderedDict[str, T] = OrderedDict()

    def get(self, name: str) -> T:
        """From memory, or loaded now."""
        if name in self._held:
            self._held.move_to_end(name)
            return self._held[name]
        # Room first, so that the two are never in memory together when the limit is already reached.
        while self._held and self._left <= 0:
            self._left += self._weigh(self._held.popitem(last=False)[1])
        self._held[name] = self._load(name)
        self._left -= self._weigh(self._held[name])
        return self._held[name]
